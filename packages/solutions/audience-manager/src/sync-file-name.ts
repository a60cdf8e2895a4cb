/** What an inbound file's name says (`reference/solutions.md` §1.3). */
export interface SyncFileName {
  /** Data source of the ids in the file. */
  readonly dataSourceId: number
  /** Data source that owns the traits. */
  readonly targetDataSourceId: number
  readonly unixSeconds: number
}

/** The file's name: incremental, gzip. */
function syncFileName(name: SyncFileName): string {
  return `ftp_dpm_${name.dataSourceId}_${name.targetDataSourceId}_${name.unixSeconds}.sync.gz`
}

/** Where a file goes in the bucket: below its UTC day. */
export function syncFileKey(directory: string, name: SyncFileName): string {
  return `${dayPrefix(directory, name.unixSeconds)}${syncFileName(name)}`
}

/** What all files of a pair of data sources on one UTC day have in front, or all receipts of such files. */
export function syncFilePrefix(
  directory: string,
  name: SyncFileName,
  kind: 'files' | 'receipts',
): string {
  const folder = dayPrefix(directory, name.unixSeconds) + (kind === 'receipts' ? 'receipts/' : '')
  return `${folder}ftp_dpm_${name.dataSourceId}_${name.targetDataSourceId}_`
}

/** Where the receipt of a file is: next to it, in a folder of receipts. */
export function receiptKey(key: string): string {
  const folder = key.slice(0, key.lastIndexOf('/') + 1)
  return `${folder}receipts/${fileNameOf(key)}.json`
}

/** The last part of a key. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

/** Reads a key back; undefined for other objects. Also reads names without compression, which people may upload by hand. */
export function parseSyncFileKey(key: string): SyncFileName | undefined {
  const name = fileNameOf(key)
  const [, source, target, seconds] =
    /^ftp_dpm_(\d+)_(\d+)_(\d+)\.sync(?:\.\d+)?(?:\.gz)?$/.exec(name) ?? []
  if (source === undefined || target === undefined || seconds === undefined) return undefined
  return {
    dataSourceId: Number(source),
    targetDataSourceId: Number(target),
    unixSeconds: Number(seconds),
  }
}

/** Where a file of this name is; undefined for other names. */
export function keyOfFileName(directory: string, fileName: string): string | undefined {
  const name = parseSyncFileKey(fileName)
  if (name === undefined || fileName.includes('/')) return undefined
  if (name.unixSeconds > latestSecond) return undefined
  return `${dayPrefix(directory, name.unixSeconds)}${fileName}`
}

/** Later ones have no date. */
const latestSecond = 8_640_000_000_000

function dayPrefix(directory: string, unixSeconds: number): string {
  const day = new Date(unixSeconds * 1000).toISOString().slice(0, 10)
  return `${directory}/date=${day}/`
}
