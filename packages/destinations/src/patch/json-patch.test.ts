import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyJsonPatch, patchOperationsLimit } from './json-patch.ts'
import type { PatchOperation } from './json-patch.ts'

const patch = (document: unknown, ...operations: readonly object[]): unknown =>
  applyJsonPatch(document, operations as readonly PatchOperation[])
function expectRefused(as: object, document: unknown, ...operations: readonly object[]): void {
  expect(() => patch(document, ...operations)).toThrow(expect.objectContaining(as))
}

test.each([
  ['A.1', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [
    'A.2',
    { foo: ['bar', 'baz'] },
    [{ op: 'add', path: '/foo/1', value: 'qux' }],
    { foo: ['bar', 'qux', 'baz'] },
  ],
  ['A.3', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [
    'A.4',
    { foo: ['bar', 'qux', 'baz'] },
    [{ op: 'remove', path: '/foo/1' }],
    { foo: ['bar', 'baz'] },
  ],
  [
    'A.5',
    { baz: 'qux', foo: 'bar' },
    [{ op: 'replace', path: '/baz', value: 'boo' }],
    { baz: 'boo', foo: 'bar' },
  ],
  [
    'A.6',
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    'A.7',
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    'A.8',
    { baz: 'qux', foo: ['a', 2, 'c'] },
    [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    { baz: 'qux', foo: ['a', 2, 'c'] },
  ],
  [
    'A.10',
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [
    'A.11',
    { foo: 'bar' },
    [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
    { foo: 'bar', baz: 'qux' },
  ],
  ['A.14', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [
    'A.16',
    { foo: ['bar'] },
    [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
    { foo: ['bar', ['abc', 'def']] },
  ],
  ['the whole document', { a: 1 }, [{ op: 'replace', path: '', value: [2] }], [2]],
  ['a name without letters', { '': 1 }, [{ op: 'replace', path: '/', value: 2 }], { '': 2 }],
  [
    'a copy, which is another object',
    { a: { b: 1 } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'replace', path: '/c/b', value: 2 },
    ],
    { a: { b: 1 }, c: { b: 2 } },
  ],
  [
    'a move whose target’s index counts after the removal',
    { a: [1, { x: 1 }, { y: 1 }] },
    [{ op: 'move', from: '/a/0', path: '/a/1/moved' }],
    { a: [{ x: 1 }, { y: 1, moved: 1 }] },
  ],
] as const)('RFC 6902, %s', (_, document, operations, after) => {
  const before = structuredClone(document)
  expect(patch(document, ...operations)).toEqual(after)
  expect(document).toEqual(before)
})

test.each([
  ['A.9, a test that fails', { baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' }],
  ['A.15, a number is no text', { '~1': 10 }, { op: 'test', path: '/~01', value: '10' }],
])('RFC 6902, %s', (_, document, operation) => {
  const fields = { errors: [expect.anything()] }
  expectRefused({ code: 'PATCH_TEST_FAILED', fields }, document, operation)
})

test.each([
  ['A.12, a target that is not there', '/0/path', { op: 'add', path: '/baz/bat', value: 'qux' }],
  ['an operation of no such name', '/0/op', { op: 'drop', path: '/foo' }],
  ['no pointer', '/0/path', { op: 'remove', path: 'foo' }],
  ['a pointer with half an escape', '/0/path', { op: 'remove', path: '/~2' }],
  ['no path', '/0/path', { op: 'remove' }],
  ['no value', '/0/value', { op: 'add', path: '/foo' }],
  ['no from', '/0/from', { op: 'move', path: '/foo' }],
  ['a removal of nothing', '/0/path', { op: 'remove', path: '/none' }],
  ['a replacement of nothing', '/0/path', { op: 'replace', path: '/none', value: 1 }],
  ['a test of nothing', '/0/path', { op: 'test', path: '/none', value: 1 }],
  ['a copy of nothing', '/0/from', { op: 'copy', from: '/none', path: '/x' }],
  ['an index beyond the list', '/0/path', { op: 'add', path: '/list/4', value: 1 }],
  [
    'an index that is replaced after the last',
    '/0/path',
    { op: 'replace', path: '/list/3', value: 1 },
  ],
  ['a leading zero', '/0/path', { op: 'remove', path: '/list/01' }],
  ['a place that is no index', '/0/path', { op: 'replace', path: '/list/-', value: 1 }],
  ['a list’s own property', '/0/path', { op: 'replace', path: '/list/length', value: 0 }],
  ['the removal of everything', '/0/path', { op: 'remove', path: '' }],
  ['a move into itself', '/0/path', { op: 'move', from: '/deep', path: '/deep/er/x' }],
  ['a prototype', '/0/path', { op: 'add', path: '/__proto__/polluted', value: 1 }],
  ['the prototype itself', '/0/path', { op: 'add', path: '/__proto__', value: { polluted: 1 } }],
  ['a constructor', '/0/path', { op: 'add', path: '/deep/constructor/prototype/x', value: 1 }],
  ['a prototype that is copied', '/0/from', { op: 'copy', from: '/__proto__', path: '/x' }],
])('refuses %s', (_, pointer, operation) => {
  const document = { foo: 'bar', list: [1, 2, 3], deep: { er: {} } }
  const fields = { errors: [{ pointer, detail: expect.any(String) }] }
  expectRefused({ code: 'PATCH_INVALID', fields }, document, operation)
  expect(({} as { readonly polluted?: number }).polluted).toBeUndefined()
})

test('to remove index 0 and then 1 removes the first and the third', () => {
  const operations = [
    { op: 'remove', path: '/0' },
    { op: 'remove', path: '/1' },
  ]
  expect(patch(['a', 'b', 'c'], ...operations)).toEqual(['b'])
  expect(patch(['a', 'b', 'c'], ...operations.toReversed())).toEqual(['c'])
})

test('an operation that fails undoes those before it, and names its place', () => {
  const document = { a: 1 }
  const operations = [
    { op: 'replace', path: '/a', value: 2 },
    { op: 'remove', path: '/b' },
  ]
  const fields = { errors: [{ pointer: '/1/path', detail: 'leads nowhere' }] }
  expectRefused({ fields }, document, ...operations)
  expect(document).toEqual({ a: 1 })
})

test('neither many operations nor copies of copies grow without end', () => {
  const many = Array.from({ length: patchOperationsLimit + 1 }, () => ({
    op: 'test',
    path: '/a',
    value: 1,
  }))
  const refusal = expect.objectContaining({ code: 'PATCH_INVALID' })
  expect(() => patch({ a: 1 }, ...many)).toThrow(refusal)
  const doubling = Array.from({ length: 100 }, (_, index) => ({
    op: 'copy',
    from: '',
    path: `/${index}`,
  }))
  expect(() => patch({ a: 'x'.repeat(100) }, ...doubling)).toThrow(refusal)
})

test('lists end as a list of one’s own that is changed step by step', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'remove', 'replace', 'move', 'append', 'copy'),
    one: fc.nat(20),
    other: fc.nat(20),
    value: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 6 }), fc.array(step), (start, steps) => {
      const model = [...start]
      const operations: object[] = []
      for (const { kind, one, other, value } of steps) {
        const index = one % (model.length + (kind === 'add' ? 1 : 0) || 1)
        const path = `/list/${index}`
        if (kind === 'append') {
          model.push(value)
          operations.push({ op: 'add', path: '/list/-', value })
        } else if (kind === 'add') {
          model.splice(index, 0, value)
          operations.push({ op: 'add', path, value })
        } else if (model.length > 0) {
          const to = other % model.length
          if (kind === 'remove') model.splice(index, 1)
          if (kind === 'replace') model[index] = value
          if (kind === 'move') model.splice(to, 0, ...model.splice(index, 1))
          if (kind === 'copy') model.splice(to, 0, model[index]!)
          const twoPlaces = kind === 'move' || kind === 'copy'
          const places = twoPlaces ? { from: path, path: `/list/${to}` } : { path }
          operations.push({ op: kind, ...places, value })
        }
      }
      expect(patch({ list: start }, ...operations)).toEqual({ list: model })
    }),
    { seed: 4 },
  )
})
