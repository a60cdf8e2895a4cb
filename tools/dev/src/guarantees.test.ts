import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)
const rows = readFileSync(new URL('docs/guarantees.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| **'))

test('every promise of docs/guarantees.md says what holds it, and names tests that are there', () => {
  expect(rows.length).toBeGreaterThan(25)
  const bad = rows.filter((row) => {
    const [, , heldBy = '', proof = ''] = row.split('|').map((cell) => cell.trim())
    const paths = [...proof.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '')
    const areTests = paths.every(
      (path) => path.endsWith('.test.ts') && existsSync(new URL(path, root)),
    )
    return heldBy === '' || paths.length === 0 || !areTests
  })
  expect(bad).toEqual([])
})
