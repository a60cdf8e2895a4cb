/** What an inbound file says of itself by its key (reference §1.3). */
export interface InboundName {
  /** Without the folder. */
  readonly fileName: string
  readonly folder: string
  /** Whose ids are in column 1. */
  readonly dataSourceId: number
  /** Who owns the traits, where that is said. */
  readonly targetDataSourceId: number | undefined
  readonly mode: 'sync' | 'overwrite'
  readonly gzipped: boolean
}

/**
 * Reads `<partner>/date=YYYY-MM-DD/ftp_dpm_<DPID>[_<TARGET>]_<unix seconds>.(sync|overwrite)[.<split>][.gz]`.
 * @returns `elsewhere` for a key that is no upload of the partner (another folder, a receipt)
 */
export function parseInboundName(
  key: string,
  partner: string,
): InboundName | 'elsewhere' | 'BAD_FOLDER' | 'BAD_NAME' {
  const slash = key.lastIndexOf('/')
  const folder = key.slice(0, slash)
  const fileName = key.slice(slash + 1)
  if (!key.startsWith(`${partner}/`) || folder.endsWith('/receipts')) return 'elsewhere'
  const date = /^date=(\d{4}-\d\d-\d\d)$/.exec(folder.slice(partner.length + 1))?.[1]
  if (date === undefined || Number.isNaN(Date.parse(date))) return 'BAD_FOLDER'
  const parts =
    /^ftp_dpm_(\d{1,15})(?:_(\d{1,15}))?_\d{10}\.(sync|overwrite)(?:\.\d+)?(\.gz)?$/.exec(fileName)
  if (parts === null) return 'BAD_NAME'
  return {
    fileName,
    folder,
    dataSourceId: Number(parts[1]),
    targetDataSourceId: parts[2] === undefined ? undefined : Number(parts[2]),
    mode: parts[3] === 'sync' ? 'sync' : 'overwrite',
    gzipped: parts[4] !== undefined,
  }
}
