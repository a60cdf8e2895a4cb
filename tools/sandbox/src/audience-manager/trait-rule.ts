/** A key and a value that a rule asks for. */
export interface Signal {
  readonly key: string
  readonly value: string
}

/**
 * Reads the rules that onboarded traits have (reference §1.4): `segID == "7841…"`, several joined by OR. Any other rule is
 * accepted by the catalogue but no signal of ours meets it [I].
 * @returns the signals of which one is enough; undefined for any other rule
 */
export function signalsOfRule(rule: string): readonly Signal[] | undefined {
  const signals: Signal[] = []
  for (const part of rule.split(/\s+OR\s+/i)) {
    const equality =
      /^\s*\(?\s*"?([A-Za-z0-9_.]+)"?\s*==\s*(?:"([^"]*)"|([^\s"()]+))\s*\)?\s*$/.exec(part)
    if (equality === null) return undefined
    signals.push({ key: equality[1] ?? '', value: equality[2] ?? equality[3] ?? '' })
  }
  return signals
}

/** The traits that a segment's rule names: `289983T AND (24T OR 26T)`. Undefined where it is no rule. */
export function traitsOfSegmentRule(rule: string): readonly number[] | undefined {
  const sids = [...rule.matchAll(/\b(\d+)T\b/g)].map((match) => Number(match[1]))
  const rest = rule
    .replaceAll(/\b\d+T\b/g, 'T')
    .replaceAll(/[()\s]+/g, ' ')
    .trim()
  return sids.length > 0 && /^(NOT )*T( (AND|OR)( NOT)* T)*$/.test(rest) ? sids : undefined
}
