import { gzipSync } from 'node:zlib'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { onTestFinished } from 'vitest'
import { started, type Started, textAt } from './started.ts'

/** A sandbox with onboarded traits, and a way to upload files to it as a partner does. */
export interface Uploading extends Started {
  /** Sids in the order of creation. */
  readonly sids: readonly string[]
  /** Puts a file into today's folder and answers its key. */
  readonly upload: (name: string, content: string | Buffer, acl?: 'private') => Promise<string>
  readonly membersOf: (sid: string) => Promise<unknown>
  /** The receipt of the file of this name. */
  readonly receiptOf: (name: string) => Promise<unknown>
}

export async function uploading(
  settings: object,
  traits = 2,
  stateFile?: string,
): Promise<Uploading> {
  const sandbox = await started({ preset: 'loose', ...settings }, stateFile)
  const { s3: bucket } = sandbox.ready.audienceManager
  const sids: string[] = []
  for (let trait = 0; trait < traits; trait += 1) {
    const created = await sandbox.rest('POST', '/v1/traits/', {
      name: `Trait ${trait}`,
      traitType: 'ON_BOARDED_TRAIT',
      dataSourceId: 29_769,
      folderId: 123,
      traitRule: `segID == "segment ${trait}"`,
      integrationCode: `segment ${trait}`,
      ttl: 0,
    })
    sids.push(textAt(created.json(), 'sid'))
  }
  const s3 = new S3Client({
    endpoint: bucket.endpoint,
    region: bucket.region,
    credentials: { accessKeyId: bucket.accessKeyId, secretAccessKey: bucket.secretAccessKey },
    forcePathStyle: true,
  })
  onTestFinished(() => s3.destroy())
  return {
    ...sandbox,
    sids,
    upload: async (name, content, acl) => {
      const key = `acme/date=2026-11-23/${name}`
      const Body =
        name.endsWith('.gz') && typeof content === 'string'
          ? gzipSync(content)
          : Buffer.from(content)
      const ACL = acl ?? 'bucket-owner-full-control'
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket.bucket,
          Key: key,
          Body,
          ACL,
          ContentLength: Body.length,
        }),
      )
      return key
    },
    membersOf: async (sid) => {
      const members = await sandbox.control('GET', '/control/members')
      return new Map(Object.entries(Object(members)['audience-manager'])).get(sid)
    },
    receiptOf: async (name) => {
      const report: unknown = (await sandbox.rest('GET', '/v1/reports/onboarding-status')).json()
      const receipts: unknown[] = Array.isArray(report) ? report : []
      return receipts.find((receipt) => textAt(receipt, 'file').endsWith(`/${name}`))
    },
  }
}
