import type { AlertMessage } from '@segue/destinations'
import { expect, test } from 'vitest'
import { wordingOf } from './wording.ts'

const message: AlertMessage = {
  id: 'm',
  change: 'raised',
  subscriptionId: 's',
  atMs: 1,
  alert: {
    id: 'a',
    sandboxName: 'prod',
    severity: 'critical',
    rule: 'run-failed',
    flowId: 'f',
    flowName: 'Main\r\nBcc: everybody@example.com\u2028x',
    solution: 'marketo',
    value: 3,
    threshold: 0,
    detail: '3 of 9 records failed',
    raisedAtMs: Date.UTC(2026, 10, 23),
  },
}

test('a message says what is wrong where, and what to do', () => {
  const { title, lines } = wordingOf(message)
  expect(title).toMatch(/^Segue critical: Flow run failure, marketo, Main/)
  const text = lines.join('\n')
  expect(text).toContain('3 of 9 records failed')
  expect(text).toContain('What to do: ')
  expect(text).toContain('2026-11-23T00:00:00.000Z')
})

test('a name cannot add lines', () => {
  const { title, lines } = wordingOf(message)
  for (const line of [title, ...lines]) expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u)
})

test('what is over says since when, and a test says that nothing is wrong', () => {
  const resolved = { ...message.alert!, resolvedAtMs: 5, resolvedBy: 'cleared' } as const
  const over = wordingOf({ ...message, change: 'resolved', alert: resolved })
  expect(over.title).toMatch(/^Segue resolved: /)
  expect(over.lines[0]).toContain('1970-01-01T00:00:00.005Z')
  const off = { ...resolved, resolvedBy: 'rule-disabled' } as const
  expect(wordingOf({ ...message, change: 'resolved', alert: off }).lines[0]).toContain('switched')
  const { alert: _, ...rest } = message
  expect(wordingOf({ ...rest, change: 'test' }).lines.join()).toContain('Nothing is wrong')
})
