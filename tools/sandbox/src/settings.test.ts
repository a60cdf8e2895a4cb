import { expect, test } from 'vitest'
import { looseSettings, parseSettings, realSettings } from './settings.ts'

test('without settings the real limits hold', () => {
  expect(parseSettings(undefined)).toEqual(realSettings)
  expect(parseSettings({})).toEqual(realSettings)
  expect(realSettings.marketo).toMatchObject({
    callsPerWindow: 100,
    windowMs: 20_000,
    concurrentCalls: 10,
    callsPerDay: 50_000,
    bodyBytes: 1_048_576,
    uriBytes: 8192,
  })
})

test('a part that is given lies over the preset, and the rest stays', () => {
  const settings = parseSettings({ preset: 'loose', seed: 9, marketo: { callsPerDay: 7 } })
  expect(settings).toEqual({
    ...looseSettings,
    seed: 9,
    marketo: { ...looseSettings.marketo, callsPerDay: 7 },
  })
  expect(settings.marketo.callsPerWindow).toBe(0)
})

test.each([
  [[], 'must be a JSON object'],
  [{ preset: 'fast' }, 'preset must be'],
  [{ sed: 1 }, 'unknown setting sed'],
  [{ marketo: { callsPerHour: 1 } }, 'unknown setting marketo.callsPerHour'],
  [{ marketo: 1 }, 'marketo must be an object'],
  [{ seed: -1 }, 'seed must be a whole number'],
  [{ seed: '1' }, 'seed must be a whole number'],
  [{ frozenClock: 1 }, 'frozenClock must be a boolean'],
  [{ marketo: { clientId: '' } }, 'marketo.clientId must be a string'],
  [{ marketo: { partitions: 'Default' } }, 'marketo.partitions must be an array of strings'],
  [
    { marketo: { repeatAnswer: 'maybe' } },
    'marketo.repeatAnswer must be one of added, skipped, mixed',
  ],
  [JSON.parse('{"__proto__":{"seed":2}}'), 'unknown setting __proto__'],
])('%j is refused and named', (given, text) => {
  expect(() => parseSettings(given)).toThrow(text)
})
