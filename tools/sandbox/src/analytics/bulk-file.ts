import { setImmediate as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { csvRecords } from '../csv/csv.ts'
import { type Hit, hitOf, identifiers } from './hit.ts'
import { processingLog } from './processing-log.ts'
import type { AnalyticsSettings } from './settings.ts'
import { queryVariables, variableName } from './variables.ts'

/** What reading a bulk file came to (reference §2.2 A). */
export interface BulkFile {
  readonly rows: number
  readonly invalidRows: number
  readonly log: string
  readonly hits: readonly Hit[]
  /** Nothing of the file is taken, for this reason. */
  readonly error?: string
  /** What validation says; validation looks at the format only, not at the values of a row. */
  readonly formatError?: string
}

/** A file that is larger unpacked than is allowed. */
export class FileTooLarge extends Error {}

const unzip = promisify(gunzip)
/** Rows are read in turns, so that a large file does not stop all other servers. */
const rowsATurn = 20_000

/** @throws FileTooLarge */
export async function readBulkFile(
  content: Buffer,
  settings: AnalyticsSettings,
): Promise<BulkFile> {
  const { plainBytes } = settings
  let plain: Buffer
  try {
    plain = await unzip(content, plainBytes === 0 ? {} : { maxOutputLength: plainBytes })
  } catch (error) {
    if (error instanceof RangeError) throw new FileTooLarge()
    return refused('An error occurred: Not in GZIP format', noHits, 'File not in GZIP format')
  }
  const records = csvRecords(plain)
  const first = records.next()
  if (first.done === true) return refused('The file is empty.', noHits, 'File is empty')
  const names = first.value.fields.map(variableName)
  const headerError = checkHeader(names, first.value)
  if (headerError !== undefined) return refused(headerError, noRows, headerError)
  const missing = missingColumn(names, settings)
  if (missing !== undefined) {
    const rows = [...records].length
    const said = `${missing.log} Processing complete: 0 rows will be submitted. ${rows} rows were invalid.`
    return { ...refused(said, noRows, missing.validation), rows, invalidRows: rows }
  }
  return readRows(records, names, settings)
}

async function readRows(
  records: ReturnType<typeof csvRecords>,
  names: readonly string[],
  settings: AnalyticsSettings,
): Promise<BulkFile> {
  const log = processingLog()
  const hits: Hit[] = []
  const queryAt = names.indexOf('querystring')
  let rows = 0
  let misshapen = 0
  let firstMisshapen = 0
  for (const { fields, malformed, trailingComma } of records) {
    rows += 1
    if (rows % rowsATurn === 0) await pause()
    const wrong =
      fields.length !== names.length
        ? `inconsistent column count. Expected ${names.length} columns, but found ${fields.length}`
        : malformed
          ? 'malformed quotes'
          : trailingComma
            ? 'trailing comma'
            : undefined
    if (wrong !== undefined) {
      misshapen += 1
      if (firstMisshapen === 0) firstMisshapen = rows
      log.note(rows, wrong.split('.', 1)[0] ?? wrong, `${wrong}.`)
      continue
    }
    const values = queryAt < 0 ? new Map<string, string>() : queryVariables(fields[queryAt] ?? '')
    // A column's value goes before that of the query string.
    for (const [index, name] of names.entries()) {
      const value = fields[index] ?? ''
      if (value !== '') values.set(name, value)
    }
    const hit = hitOf(values, settings)
    if (typeof hit !== 'string') hits.push(hit)
    else log.note(rows, hit, `${hit}. This row will not be submitted.`)
  }
  const invalidRows = rows - hits.length
  const counts = `Processing complete: ${hits.length} rows will be submitted. ${invalidRows} rows were invalid.`
  return {
    rows,
    invalidRows,
    hits,
    log: `${log.text()}${counts}`,
    ...(rows === 0 ? { error: noHits } : hits.length === 0 ? { error: noRows } : {}),
    ...(rows === 0
      ? { formatError: noHits }
      : misshapen === 0
        ? {}
        : {
            formatError: `File has ${misshapen} rows that do not conform to the required CSV format! (Ex: row #${firstMisshapen})`,
          }),
  }
}

const noHits = 'No hits were found in the file.'
const noRows = 'No valid rows were found in the file.'

function refused(log: string, error: string, formatError: string): BulkFile {
  return { rows: 0, invalidRows: 0, hits: [], log, error, formatError }
}

function checkHeader(
  names: readonly string[],
  { malformed, trailingComma }: { malformed: boolean; trailingComma: boolean },
): string | undefined {
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  if (repeated !== undefined) return `Duplicate column '${repeated}' found in the file header.`
  if (trailingComma) return 'Trailing comma found in the file header.'
  return malformed ? 'Malformed quotes found in the file header.' : undefined
}

interface MissingColumn {
  readonly log: string
  readonly validation: string
}

function without(column: string): MissingColumn {
  return {
    log: `No ${column} field found in the file header.`,
    validation: `CSV file missing required header ${column}.`,
  }
}

/** A column without which no row can be right. */
function missingColumn(
  names: readonly string[],
  settings: AnalyticsSettings,
): MissingColumn | undefined {
  // Identifiers and pages may come in the query string as well; timestamp and suite may not.
  const query = names.includes('querystring')
  if (!names.includes('timestamp')) return without('timestamp')
  if (
    !query &&
    !identifiers.some(([name]) => names.includes(name)) &&
    !settings.mcSeedTypes.some((type) => names.includes(`customerid.${type}.id`))
  ) {
    return {
      log: 'No visitor ID found in the file header. There must be one of VisitorID, MarketingCloudVisitorID, IPAddress, or CustomerID defined.',
      validation: 'CSV file missing required header visitorID.',
    }
  }
  if (!names.includes('reportsuiteid')) return without('reportSuiteID')
  if (
    !query &&
    !['pageurl', 'pagename', 'linkname', 'linktype'].some((name) => names.includes(name))
  )
    return without('pageName')
  if (!names.includes('useragent')) return without('userAgent')
  return undefined
}
