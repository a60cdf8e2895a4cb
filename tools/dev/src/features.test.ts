import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)
const rows = readFileSync(new URL('docs/features.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (---|the page says)/.test(line))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

test('every row of docs/features.md names a test that is there, and what makes it fail', () => {
  expect(rows.length).toBeGreaterThan(50)
  const bad = rows.filter(([, does, proof = '', change]) => {
    const [, path] = /^`([^`]+\.test\.ts)`$/.exec(proof) ?? []
    return !does || !change || path === undefined || !existsSync(new URL(path, root))
  })
  expect(bad).toEqual([])
})
