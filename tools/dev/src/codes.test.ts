import { readFileSync } from 'node:fs'
import { rejectionCodes, warningCodes } from '@segue/model'
import { expect, test } from 'vitest'

/** Cells of each row of the Markdown tables in a file, as far as the first cell is a code. */
function rowsOf(path: string): string[][] {
  const text = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => /^\| `[A-Z_:]+`/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const documented = new Map(
  rowsOf('docs/codes.md').map(([code = '', where, ...rest]) => [`${code} ${where}`, rest]),
)

test('docs/codes.md has every code of updates, as the parser says it', () => {
  for (const [where, codes] of [
    ['update rejected', rejectionCodes],
    ['warning', warningCodes],
  ] as const) {
    for (const [code, { meaning, remedy }] of Object.entries(codes)) {
      expect([code, documented.get(`\`${code}\` ${where}`)]).toEqual([code, [meaning, remedy]])
    }
  }
})

test('docs/codes.md has every code of the gateway, as the gateway’s own table has it', () => {
  // Its settings stand in a table too; a code has an HTTP status beside it.
  const rows = rowsOf('apps/gateway/README.md').filter(([, status]) => /^\d{3}$/.test(status ?? ''))
  expect(rows.length).toBeGreaterThan(20)
  for (const [code = '', status, meaning, remedy] of rows) {
    expect([code, documented.get(`${code} HTTP ${status}`)]).toEqual([code, [meaning, remedy]])
  }
})
