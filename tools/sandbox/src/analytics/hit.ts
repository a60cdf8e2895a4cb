import type { AnalyticsSettings } from './settings.ts'
import { type Variables, variableName } from './variables.ts'

/** What is left of a row once it is collected: who, when, and the segments that were entered or left. */
export interface Hit {
  /** `ECID:<id>`, `visitorID:<id>`, `ipAddress:<address>` or `<customer id type>:<id>`. */
  readonly visitor: string
  readonly timestampS: number
  readonly suites: string
  readonly segments: readonly string[]
  /** Null where the hit says nothing of a segment. */
  readonly entered: boolean | null
}

/** An eVar holds at most this many bytes; what is beyond is cut off [K]. */
const variableBytes = 255

/**
 * The hit that a row is, or what the row lacks in the words of the processing log: `missing 'UserAgent'`.
 * The first of its faults is named, in the order in which they are documented [I].
 */
export function hitOf(values: Variables, settings: AnalyticsSettings): Hit | string {
  const timestamp = values.get('timestamp') ?? ''
  if (timestamp === '') return "missing 'Timestamp'"
  const timestampS = secondsOf(timestamp)
  if (timestampS === undefined) return "invalid 'Timestamp'"
  const visitor = visitorOf(values, settings.mcSeedTypes)
  if (visitor === undefined) return "missing 'VisitorId'"
  const suites = values.get('reportsuiteid') ?? ''
  if (suites === '') return "missing 'ReportSuiteId'"
  if (!hasPage(values)) return "missing 'PageName', 'PageURL' or 'LinkType'"
  if ((values.get('useragent') ?? '') === '') return "missing 'UserAgent'"
  return { visitor, timestampS, suites, ...transitionOf(values, settings) }
}

/** Unix seconds, or ISO 8601 with a zone; milliseconds are not allowed (reference §2.2). */
function secondsOf(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : atMs / 1000
}

/** If several ids are there, only one is used: seeded customer id, visitor id, ECID, IP, in this order. */
function visitorOf(values: Variables, seeds: readonly string[]): string | undefined {
  for (const type of seeds) {
    const id = values.get(`customerid.${type}.id`) ?? ''
    if (id !== '' && values.get(`customerid.${type}.ismcseed`) === '1') return `${type}:${id}`
  }
  for (const [name, namespace] of identifiers) {
    const id = values.get(name) ?? ''
    if (id !== '') return `${namespace}:${id}`
  }
  return undefined
}

/** Variables that identify a visitor, and the namespace that they stand for. */
export const identifiers: readonly (readonly [name: string, namespace: string])[] = [
  ['visitorid', 'visitorID'],
  ['marketingcloudvisitorid', 'ECID'],
  ['ipaddress', 'ipAddress'],
]

/** A page, or a link with its name or address. A link's type is `o` where there is only a name. */
export function hasPage(values: Variables): boolean {
  const has = (name: string): boolean => (values.get(name) ?? '') !== ''
  if (has('pageurl') || has('pagename') || has('linkname')) return true
  return has('linktype') && has('linkurl')
}

function transitionOf(
  values: Variables,
  settings: AnalyticsSettings,
): Pick<Hit, 'segments' | 'entered'> {
  const { segmentVariable, transitionVariable, enteredEvent, exitedEvent } = settings
  const held = values.get(variableName(segmentVariable)) ?? ''
  const ids = /^list/i.test(segmentVariable) ? held.split(settings.listDelimiter) : [held]
  const segments = ids.map(cut).filter((id) => id !== '')
  const transition = values.get(variableName(transitionVariable)) ?? ''
  const events = (values.get('events') ?? '').split(',').map((event) => event.split(/[=:]/, 1)[0])
  const said =
    transition === 'realized' || transition === 'exited'
      ? transition === 'realized'
      : events.includes(enteredEvent)
        ? true
        : events.includes(exitedEvent)
          ? false
          : null
  return { segments, entered: segments.length === 0 ? null : said }
}

function cut(value: string): string {
  const bytes = Buffer.from(value)
  return bytes.length <= variableBytes ? value : bytes.toString('utf8', 0, variableBytes)
}
