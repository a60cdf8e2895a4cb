import type { Bucket, StoredObject } from '../s3/bucket.ts'
import { S3Refused } from '../s3/errors.ts'
import { type MappingReport, readMappingFile } from './mapping-file.ts'
import type { Segments } from './segments.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** Where segment-mapping files are dropped: each is read as soon as it is put. */
export interface MappingDrop {
  readonly uploaded: (object: StoredObject) => void
  /** The last reports, newest last. */
  readonly reports: () => readonly MappingReport[]
  readonly restore: (reports: readonly MappingReport[]) => void
}

const reportsKept = 100

/** @param touch says that something changed which a restart must still have */
export function createMappingDrop(
  settings: AdvertisingCloudSettings,
  bucket: Bucket,
  segments: Segments,
  touch: () => void,
): MappingDrop {
  const folder = `${settings.mappingDirectory}/`
  const reports: MappingReport[] = []

  const write = (report: MappingReport, nowMs: number): void => {
    reports.push(report)
    if (reports.length > reportsKept) reports.shift()
    try {
      bucket.put({
        key: `${folder}reports/${report.file}.json`,
        content: Buffer.from(JSON.stringify(report)),
        acl: 'private',
        contentType: 'application/json',
        modifiedMs: nowMs,
      })
    } catch (error) {
      // A bucket without room has no room for reports; the list has them all the same.
      if (!(error instanceof S3Refused)) throw error
    }
  }

  return {
    uploaded: ({ key, content, modifiedMs }) => {
      const file = key.slice(folder.length)
      if (!key.startsWith(folder) || file === '' || file.includes('/')) return
      const read = readMappingFile(file, content, settings)
      for (const segment of read.segments) segments.map(segment)
      write(read.report, modifiedMs)
      touch()
    },
    reports: () => reports,
    restore: (kept) => {
      reports.push(...kept)
    },
  }
}
