import { expect, test } from 'vitest'
import { element, parseXml, writeXml } from './xml.ts'

test('what is written is read again, whatever the values hold', () => {
  const hard = `<&>"' \u00e9\u4e2d\u{1f600}\n\t&amp; ]]>`
  const document = element('a', { one: hard, two: '' }, [
    { ...element('b', { 'folder-id': '7' }), text: hard.trim() },
    element('c', {}, [element('d')]),
  ])
  expect(parseXml(writeXml(document))).toEqual(document)
})

test('prefixes and namespace declarations are dropped', () => {
  expect(
    parseXml(
      `<?xml version='1.0'?><x:a xmlns:x="u" xmlns="v" x:t="1" k="2"><!-- c --><x:b/></x:a>`,
    ),
  ).toEqual(element('a', { k: '2' }, [element('b')]))
})

test('what is not well-formed, or declares entities, is no document', () => {
  for (const text of ['', 'x', '<a>', '<a></b>', '<a b=1/>', '<!DOCTYPE a><a/>']) {
    expect(parseXml(text)).toBeUndefined()
  }
})
