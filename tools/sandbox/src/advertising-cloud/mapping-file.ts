import { csvRecords } from '../csv/csv.ts'
import { isKeyOf } from './membership-line.ts'
import type { MappedSegment } from './segments.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** What reading a mapping file came to: written beside the file, in the folder `reports`. */
export interface MappingReport {
  readonly file: string
  readonly status: 'processed' | 'rejected'
  /** Of the whole file; then nothing of it is taken. */
  readonly problem?: string
  readonly message?: string
  readonly rows: number
  readonly rowsTaken: number
  readonly errors: readonly {
    readonly row: number
    readonly code: string
    readonly message: string
  }[]
}

/** The columns of the published recipe, in its order (reference §3.2). */
const mappingColumns: readonly string[] = [
  'External Segment Key',
  'Segment Name',
  'Segment Description',
  'Parent ID',
  'Video CPM',
  'Display CPM',
  'Segment Window',
]

const errorsKept = 100

/**
 * Reads a segment-mapping file. Rows are numbered from 1 under the header; a wrong row is left out and named. A column may
 * carry the recipe's hint in parentheses: `Parent ID (blank)`, `Video CPM (0)`, `Segment Window (TTL)` [I].
 */
export function readMappingFile(
  file: string,
  content: Buffer,
  settings: AdvertisingCloudSettings,
): { report: MappingReport; segments: readonly MappedSegment[] } {
  const rejected = (problem: string, message: string): ReturnType<typeof readMappingFile> => ({
    report: { file, status: 'rejected', problem, message, rows: 0, rowsTaken: 0, errors: [] },
    segments: [],
  })
  if (!file.endsWith('.csv')) return rejected('NOT_CSV', 'The name of the file must end in .csv')
  const [header, ...rows] = [...csvRecords(content)]
  if (header === undefined) return rejected('EMPTY', 'The file has no header')
  const given = header.fields.map((name) => name.trim().replace(/ \([^)]*\)$/, ''))
  if (given.join('\n') !== mappingColumns.join('\n')) {
    return rejected('BAD_COLUMNS', `The columns must be: ${mappingColumns.join(', ')}`)
  }
  const segments: MappedSegment[] = []
  const errors: { row: number; code: string; message: string }[] = []
  for (const [index, { fields, malformed }] of rows.entries()) {
    const read = malformed
      ? rowError('MALFORMED', 'a quote is not closed or stands in the wrong place')
      : rowOf(fields, settings)
    if ('code' in read) {
      if (errors.length < errorsKept) errors.push({ row: index + 1, ...read })
    } else segments.push(read)
  }
  return {
    report: {
      file,
      status: 'processed',
      rows: rows.length,
      rowsTaken: segments.length,
      errors,
    },
    segments,
  }
}

interface RowError {
  readonly code: string
  readonly message: string
}

function rowOf(
  fields: readonly string[],
  settings: AdvertisingCloudSettings,
): MappedSegment | RowError {
  if (fields.length !== mappingColumns.length) {
    return rowError('COLUMN_COUNT', `${fields.length} fields, not ${mappingColumns.length}`)
  }
  const [key = '', name = '', description = '', parent, video, display, window = ''] = fields
  if (!isKeyOf(key, settings.sourceKey)) {
    return rowError('KEY_NOT_OF_SOURCE', 'the key must be <source key>_<segment>')
  }
  if (name.trim() === '') return rowError('NAME_MISSING', 'the segment needs a name')
  if (parent !== '') return rowError('PARENT_NOT_BLANK', 'the parent id must be blank')
  if (Number(video || 'x') !== 0 || Number(display || 'x') !== 0) {
    return rowError('CPM_NOT_ZERO', 'the CPMs must be 0')
  }
  if (window !== '' && !/^[1-9]\d{0,3}$/.test(window)) {
    return rowError('BAD_WINDOW', 'the segment window must be whole days, or blank')
  }
  const windowDays = window === '' ? settings.segmentWindowDays : Number(window)
  return { key, name, description, windowDays }
}

function rowError(code: string, message: string): RowError {
  return { code, message }
}
