import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { externalSegmentKey, remoteIdKind } from './external-segment-key.ts'

const seed = 20_261_123

test('a usual segment’s key is the source key and its id, as the published recipe has it', () => {
  expect(externalSegmentKey('57bf424dc10', 'ups:7841ba61')).toBe('57bf424dc10_7841ba61')
  expect(externalSegmentKey('57bf424dc10', 'ups:coffee-drinkers')).toBe(
    '57bf424dc10_coffee-drinkers',
  )
})

test('no two segments share a key, and every key is one of its source', () => {
  const part = fc.oneof(
    fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme' }),
    fc.stringMatching(/^[a-c_:. -]{1,4}$/),
  )
  const namespace = fc.oneof(fc.constant('ups'), fc.stringMatching(/^[A-Za-z_-]{1,6}$/))
  const segment = fc.tuple(namespace, part).map(([space, id]) => `${space}:${id}`)
  fc.assert(
    fc.property(fc.uniqueArray(segment, { minLength: 2 }), (segments) => {
      const keys = segments.map((one) => externalSegmentKey('57bf_4', one))
      expect(new Set(keys).size).toBe(segments.length)
      for (const key of keys) {
        expect(remoteIdKind(key, '57bf_4')).toBe('ours')
        expect(remoteIdKind(key, 'other')).toBe('other-source')
      }
    }),
    { seed },
  )
})

test('an id cannot pose as the key of another one', () => {
  const made = externalSegmentKey('key', 'ups:a b').slice('key_'.length)
  expect(externalSegmentKey('key', `ups:${made}`)).not.toBe(`key_${made}`)
})

test.each(['', 'no such thing', '57bf424dc10', 'a_b\n', 'x'.repeat(200), 'ä_b'])(
  '%j is no key at all',
  (remoteId) => {
    expect(remoteIdKind(remoteId, '57bf424dc10')).toBe('invalid')
  },
)
