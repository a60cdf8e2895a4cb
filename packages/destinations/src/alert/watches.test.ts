import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertKey, type Alert } from './alert.ts'
import type { Breach, RuleSettings } from './breaches.ts'
import { messagesOf } from './messages.ts'
import { alertRules, ofEveryRule, type AlertRuleSettings } from './rules.ts'
import { turnWatches, watchesLimit, type Turn, type Watch } from './watches.ts'

const solutions = ['marketo', 'target', 'campaign']
const settingsWith = (own: Partial<AlertRuleSettings>): RuleSettings =>
  ofEveryRule((rule) => ({ ...alertRules[rule].defaults, ...own }))

const breach = (solution: string, value = 1): Breach => ({
  rule: 'solution-unreachable',
  solution,
  value,
  threshold: 0,
  detail: `nothing is sent to ${solution}`,
})

let ids = 0
const newId = (): string => `alert-${(ids += 1)}`

/** Looks again and again, keeping what is known as a store would: as JSON, nothing else survives. */
function watcher(settings: RuleSettings) {
  let known: readonly Watch[] = []
  return (nowMs: number, ...breaches: readonly Breach[]): Turn => {
    const turn = turnWatches(known, breaches, { sandboxName: 'prod', settings, nowMs, newId })
    const after = new Map(known.map((watch) => [watch.key, watch]))
    for (const [key, watch] of turn.watches) {
      if (watch === undefined) after.delete(key)
      else after.set(key, watch)
    }
    known = JSON.parse(JSON.stringify([...after.values()]))
    return turn
  }
}

const names = (alerts: readonly Alert[]): unknown => alerts.map(({ solution }) => solution)

test('it is raised when it has lasted, and over when it has been over for long enough', () => {
  const look = watcher(settingsWith({ raiseAfterSecs: 20, resolveAfterSecs: 10 }))
  expect(look(0, breach('target')).raised).toEqual([])
  expect(look(10_000, breach('target')).raised).toEqual([])
  expect(names(look(20_000, breach('target')).raised)).toEqual(['target'])
  expect(look(30_000, breach('target', 9))).toMatchObject({ raised: [], resolved: [] })
  expect(look(40_000).resolved).toEqual([])
  expect(look(45_000, breach('target')).resolved).toEqual([])
  expect(look(50_000).resolved).toEqual([])
  expect(look(55_000).resolved).toEqual([])
  const [over] = look(60_000).resolved
  expect(over).toMatchObject({ resolvedAtMs: 60_000, resolvedBy: 'cleared', raisedAtMs: 20_000 })
  expect(look(70_000)).toMatchObject({ raised: [], resolved: [] })
})

test('a suspicion outlives short gaps, and ends with long ones', () => {
  const look = watcher(settingsWith({ raiseAfterSecs: 20, resolveAfterSecs: 10 }))
  look(0, breach('target'))
  look(5_000)
  look(10_000, breach('target'))
  expect(names(look(20_000, breach('target')).raised)).toEqual(['target'])
  const other = watcher(settingsWith({ raiseAfterSecs: 20, resolveAfterSecs: 10 }))
  other(0, breach('target'))
  other(5_000)
  other(15_000)
  expect(other(20_000, breach('target')).raised).toEqual([])
  expect(other(39_000, breach('target')).raised).toEqual([])
  expect(other(40_000, breach('target')).raised).toHaveLength(1)
})

test('without waits it is raised and over at once', () => {
  const look = watcher(settingsWith({ raiseAfterSecs: 0, resolveAfterSecs: 0 }))
  expect(look(0, breach('target')).raised).toHaveLength(1)
  expect(look(1).resolved).toHaveLength(1)
})

test('an alert shows the newest value, and what has not changed is not written', () => {
  const look = watcher(settingsWith({ raiseAfterSecs: 0, resolveAfterSecs: 10 }))
  look(0, breach('target', 1))
  expect(look(1, breach('target', 1)).watches.size).toBe(0)
  const [written] = look(2, breach('target', 7)).watches.values()
  expect(written?.alert).toMatchObject({ value: 7, raisedAtMs: 0 })
})

test('a rule that is switched off ends its alerts at once, and raises none', () => {
  let settings = settingsWith({ raiseAfterSecs: 0, resolveAfterSecs: 600 })
  const known: Watch[] = []
  const look = (nowMs: number) =>
    turnWatches(known, [breach('target')], { sandboxName: 'prod', settings, nowMs, newId })
  for (const watch of look(0).watches.values()) if (watch !== undefined) known.push(watch)
  settings = settingsWith({ enabled: false })
  const turn = look(1)
  expect(turn.resolved).toMatchObject([{ solution: 'target', resolvedBy: 'rule-disabled' }])
  expect([...turn.watches.values()]).toEqual([undefined])
  expect(turn.raised).toEqual([])
})

test('what is watched is bounded', () => {
  const look = watcher(settingsWith({ raiseAfterSecs: 0 }))
  const many = Array.from({ length: watchesLimit + 7 }, (_, index) => breach(`s${index}`))
  expect(look(0, ...many).raised).toHaveLength(watchesLimit)
  expect(look(1, ...many).raised).toEqual([])
})

test('whatever comes, each alert has one message raised and at most one resolved, in turn', () => {
  const looks = fc.array(
    fc.record({ passedSecs: fc.nat(40), breached: fc.subarray(solutions), value: fc.nat(3) }),
    { minLength: 1, maxLength: 60 },
  )
  const wait = fc.constantFrom(0, 5, 30)
  fc.assert(
    fc.property(looks, wait, wait, (all, raiseAfterSecs, resolveAfterSecs) => {
      const look = watcher(settingsWith({ raiseAfterSecs, resolveAfterSecs }))
      const subscriptions = [{ id: 'sub', value: subscription }]
      const told = new Map<string, { change: string; alertId: string; atMs: number }[]>()
      const seen = new Map<string, { sinceMs: number; clearMs: number }>()
      let nowMs = 0
      for (const { passedSecs, breached, value } of all) {
        nowMs += passedSecs * 1_000
        for (const solution of solutions) {
          const at = seen.get(solution) ?? { sinceMs: Infinity, clearMs: -Infinity }
          seen.set(
            solution,
            breached.includes(solution)
              ? { sinceMs: Math.min(at.sinceMs, nowMs), clearMs: Infinity }
              : { ...at, clearMs: Math.min(at.clearMs, nowMs) },
          )
        }
        const turn = look(nowMs, ...breached.map((solution) => breach(solution, value)))
        const messages = messagesOf(turn, subscriptions, () => true, nowMs)
        for (const { alert, change } of messages) {
          const key = alertKey(alert!)
          const earlier = told.get(key) ?? []
          const last = earlier.at(-1)
          // In turn, and of one alert: raised, resolved, raised (another one) …
          const isRaised = change === 'raised'
          expect(isRaised).toBe(last?.change !== 'raised')
          const isSame = isRaised
            ? earlier.some(({ alertId }) => alertId === alert!.id)
            : alert!.id !== last?.alertId
          expect(isSame).toBe(false)
          // Never before it has lasted: since the first breach, and since the last one.
          const { sinceMs, clearMs } = seen.get(alert!.solution!)!
          const lastedMs = nowMs - (isRaised ? sinceMs : clearMs)
          const wantedSecs = isRaised ? raiseAfterSecs : resolveAfterSecs
          expect(lastedMs).toBeGreaterThanOrEqual(wantedSecs * 1_000)
          if (!isRaised) seen.delete(alert!.solution!)
          told.set(key, [...earlier, { change, alertId: alert!.id, atMs: nowMs }])
        }
        expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length)
      }
      // And none is forgotten: once all is well for long enough, everything that was raised is over.
      for (const _ of [1, 2]) {
        nowMs += 60_000
        for (const { solution } of look(nowMs).resolved) {
          told.get(alertKey({ rule: 'solution-unreachable', solution: solution! }))!.push({
            change: 'resolved',
            alertId: '',
            atMs: nowMs,
          })
        }
      }
      for (const changes of told.values()) expect(changes.at(-1)?.change).toBe('resolved')
    }),
    { numRuns: 300, seed: 20261123 },
  )
})

const subscription = {
  sandboxName: 'prod',
  rules: [],
  enabled: true,
  channel: { type: 'email', to: 'a@b.example' },
} as const

function aboutTarget(flowId: string | undefined, own: Partial<Alert> = {}): Alert {
  return {
    id: 'x',
    sandboxName: 'prod',
    severity: 'warning',
    raisedAtMs: 1,
    ...breach('target'),
    ...(flowId === undefined ? {} : { flowId }),
    ...own,
  }
}

/** Whether a subscription is told of it, where flow `f` alone sends to `target`. */
function isTold(alert: Alert, own: object = {}): boolean {
  const turn: Turn = { watches: new Map(), raised: [alert], resolved: [] }
  const subscriptions = [{ id: 's', value: { ...subscription, ...own } }]
  return messagesOf(turn, subscriptions, onlyFToTarget, 1).length > 0
}

function onlyFToTarget(flowId: string, solution: string): boolean {
  return flowId === 'f' && solution === 'target'
}

test('a subscription is told of its own sandbox, rules and flow', () => {
  const ofFlow = aboutTarget('f')
  expect(isTold(ofFlow)).toBe(true)
  expect(isTold(ofFlow, { enabled: false })).toBe(false)
  expect(isTold(ofFlow, { sandboxName: 'dev' })).toBe(false)
  expect(isTold(ofFlow, { rules: ['lag'] })).toBe(false)
  expect(isTold(ofFlow, { rules: ['lag', 'solution-unreachable'] })).toBe(true)
  expect(isTold(ofFlow, { flowId: 'f' })).toBe(true)
  expect(isTold(ofFlow, { flowId: 'g' })).toBe(false)
  const ofSolution = aboutTarget(undefined)
  expect(isTold(ofSolution, { flowId: 'f' })).toBe(true)
  expect(isTold(ofSolution, { flowId: 'g' })).toBe(false)
  const { solution: _, ...lag } = aboutTarget(undefined, { rule: 'lag' })
  expect(isTold(lag, { flowId: 'g' })).toBe(true)
})
