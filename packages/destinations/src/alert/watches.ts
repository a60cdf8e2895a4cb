import { alertKey, type Alert } from './alert.ts'
import type { Breach, RuleSettings } from './breaches.ts'
import { alertRules } from './rules.ts'

/**
 * What is known of one subject from one look to the next: suspected, as long as it has no alert, or raised. What is neither is
 * not kept.
 */
export interface Watch {
  /** `alertKey` of the subject. */
  readonly key: string
  readonly rule: Alert['rule']
  /** Since when it is suspected, epoch milliseconds. */
  readonly sinceMs: number
  /** Since when nothing is wrong any more, and the wait until that counts runs. */
  readonly clearSinceMs?: number
  readonly alert?: Alert
}

/** Subjects that are watched at once, a sandbox; beyond it nothing new is suspected until something is over. */
export const watchesLimit = 2_000

/** What one look changes. */
export interface Turn {
  /** Watches to write or, where undefined, to forget, by key. */
  readonly watches: ReadonlyMap<string, Watch | undefined>
  readonly raised: readonly Alert[]
  readonly resolved: readonly Alert[]
}

/**
 * Takes every subject one step on:
 *
 *     (nothing) → suspected → raised → (over)
 *
 * A subject is suspected with its first breach, raised when it was in breach for `raiseAfterSecs`, over when it was in none for
 * `resolveAfterSecs`; a suspicion ends likewise. So what flaps faster than that is raised once and resolved once.
 *
 * @param known what earlier looks left
 * @param breaches at most one a subject
 * @param newId letters, digits and dashes, another one each time
 */
export function turnWatches(
  known: readonly Watch[],
  breaches: readonly Breach[],
  context: {
    readonly sandboxName: string
    readonly settings: RuleSettings
    readonly nowMs: number
    readonly newId: () => string
  },
): Turn {
  const { sandboxName, settings, nowMs, newId } = context
  const watches = new Map<string, Watch | undefined>()
  const raised: Alert[] = []
  const resolved: Alert[] = []
  const knownByKey = new Map(known.map((watch) => [watch.key, watch]))
  const breachByKey = new Map(breaches.map((breach) => [alertKey(breach), breach]))

  const end = ({ key, alert }: Watch, resolvedBy: 'cleared' | 'rule-disabled'): void => {
    watches.set(key, undefined)
    if (alert !== undefined) resolved.push({ ...alert, resolvedAtMs: nowMs, resolvedBy })
  }

  for (const watch of known) {
    if (!settings[watch.rule].enabled) end(watch, 'rule-disabled')
    else if (!breachByKey.has(watch.key)) {
      const clearSinceMs = watch.clearSinceMs ?? nowMs
      const overAfterMs = settings[watch.rule].resolveAfterSecs * 1_000
      if (nowMs - clearSinceMs >= overAfterMs) end(watch, 'cleared')
      else if (watch.clearSinceMs === undefined) watches.set(watch.key, { ...watch, clearSinceMs })
    }
  }
  let room = watchesLimit - known.length
  for (const [key, breach] of breachByKey) {
    const before = knownByKey.get(key)
    if (!settings[breach.rule].enabled) continue
    if (before === undefined && room <= 0) continue
    if (before === undefined) room -= 1
    const sinceMs = before?.sinceMs ?? nowMs
    const isDue = nowMs - sinceMs >= settings[breach.rule].raiseAfterSecs * 1_000
    let alert = before?.alert
    if (alert === undefined && isDue) {
      const { severity } = alertRules[breach.rule]
      alert = { id: newId(), sandboxName, severity, raisedAtMs: nowMs, ...breach }
      raised.push(alert)
    } else if (alert !== undefined && alert.value !== breach.value) {
      alert = { ...alert, ...breach }
    }
    if (before !== undefined && before.alert === alert && before.clearSinceMs === undefined)
      continue
    watches.set(key, {
      key,
      rule: breach.rule,
      sinceMs,
      ...(alert === undefined ? {} : { alert }),
    })
  }
  return { watches, raised, resolved }
}
