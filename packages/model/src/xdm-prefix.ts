import { isRecord } from './record.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Whether an update is spelled as canonical XDM, where every field carries `xdm:`
 * (`reference/platform.md` §1.1). Exports drop the prefix; whoever feeds records of a dataset
 * straight in has it.
 */
export function hasXdmPrefix(update: Fields): boolean {
  return (
    (update['identityMap'] === undefined && update['xdm:identityMap'] !== undefined) ||
    (update['segmentMembership'] === undefined && update['xdm:segmentMembership'] !== undefined) ||
    (update['consents'] === undefined && update['xdm:consents'] !== undefined)
  )
}

/**
 * The update with the fields we read respelled. The keys of open maps (namespaces, segment ids)
 * stay as they are.
 */
export function withoutXdmPrefix(update: Fields): Fields {
  const { identityMap, segmentMembership, consents } = bare(update)
  return {
    identityMap: each(identityMap, (items) =>
      Array.isArray(items) ? items.map(bareValue) : items,
    ),
    segmentMembership: each(segmentMembership, (segments) => each(segments, bareValue)),
    consents: each(bareValue(consents), bareValue),
  }
}

const prefix = 'xdm:'

/** `Object.fromEntries` defines keys, where assignment would run the setter of `__proto__`. */
function bare(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.startsWith(prefix) ? key.slice(prefix.length) : key,
      value,
    ]),
  )
}

function bareValue(value: unknown): unknown {
  return isRecord(value) ? bare(value) : value
}

function each(value: unknown, respell: (item: unknown) => unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, respell(item)]))
}
