import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { destinationCodes } from './codes.ts'

test('docs/codes.md has every code of the destination service, in the words of its table', () => {
  const rows = readFileSync(new URL('../../../docs/codes.md', import.meta.url), 'utf8')
    .split('\n')
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|')),
    )
  const documented = new Set(rows.map((cells) => cells.join(' | ')))
  const missing = Object.entries(destinationCodes)
    .map(([code, { status, meaning, remedy }]) =>
      [`\`${code}\``, `HTTP ${status}`, meaning, remedy].join(' | '),
    )
    .filter((row) => !documented.has(row))
  expect(missing).toEqual([])
})
