/** One entry of a line: a trait to set or to take away, or a signal. */
export type InboundItem =
  | { readonly kind: 'set'; readonly sid: number }
  | { readonly kind: 'unset'; readonly sid: number }
  | { readonly kind: 'signal'; readonly key: string; readonly value: string }

export interface InboundLine {
  readonly userId: string
  readonly items: readonly InboundItem[]
}

/**
 * Reads `<user id><TAB><entry>,<entry>,…` (reference §1.3). Entries: `d_sid=24`, `d_unsid=24`, `24:0` and `24:-1` (take
 * away), `ic=52` and a bare `52` (the trait whose rule is `ic == "52"`), and signals `key=value` with either side quoted.
 * @returns undefined where the line is no such line: one format error
 */
export function parseInboundLine(line: string): InboundLine | undefined {
  const tab = line.indexOf('\t')
  if (tab < 1) return undefined
  const userId = line.slice(0, tab)
  const rest = line.slice(tab + 1)
  // Blanks around an id would be part of it; a colon is forbidden in either spelling; a raw e-mail must never be sent.
  if (userId.trim() !== userId || /:|%3a|@/i.test(userId)) return undefined
  if (rest === '' || rest.includes('\t') || rest.includes('\r')) return undefined
  const items: InboundItem[] = []
  for (const entry of entriesOf(rest)) {
    const item = parseEntry(entry.trim())
    if (item === undefined) return undefined
    items.push(item)
  }
  return { userId, items }
}

function parseEntry(entry: string): InboundItem | undefined {
  const trait = /^(?:d_sid|d_unsid)=(\d{1,15})$/.exec(entry)?.[1]
  if (trait !== undefined) {
    return { kind: entry.startsWith('d_unsid') ? 'unset' : 'set', sid: Number(trait) }
  }
  const removed = /^(\d{1,15}):(?:0|-1)$/.exec(entry)?.[1]
  if (removed !== undefined) return { kind: 'unset', sid: Number(removed) }
  if (/^\d{1,15}$/.test(entry)) return { kind: 'signal', key: 'ic', value: entry }
  const pair = /^-*(?:"([^"]+)"|([^"=\s]+))\s*=\s*(?:"([^"]*)"|([^"]+))$/.exec(entry)
  if (pair === null) return undefined
  const [, quotedKey, key = quotedKey ?? '', quotedValue, value = quotedValue ?? ''] = pair
  // A trait id that is no number is not a signal of that name.
  if (key === 'd_sid' || key === 'd_unsid') return undefined
  return { kind: 'signal', key, value: value.trim() }
}

/** Splits at commas outside of quotes. */
function entriesOf(text: string): string[] {
  if (!text.includes('"')) return text.split(',')
  const entries: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === ',' && !quoted) {
      entries.push(text.slice(from, at))
      from = at + 1
    }
  }
  entries.push(text.slice(from))
  return entries
}
