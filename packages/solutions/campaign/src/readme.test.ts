import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Codes as the sources write them: the first argument of an entry or a refusal, or `code` in a table. */
function codesIn(source: string): readonly string[] {
  const found = source.matchAll(/(?:\b(?:entry|refusal)\(\s*|\bcode: )'([A-Z][A-Z0-9_]+)'/g)
  return [...found].flatMap(([, code]) => code ?? [])
}

test('every code in the sources is in the README, here or in the kit’s', () => {
  const sources = readdirSync(new URL('.', import.meta.url), {
    recursive: true,
    encoding: 'utf8',
  }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const codes = new Set(sources.flatMap((name) => codesIn(read(name))))
  expect(codes.size).toBeGreaterThan(5)
  const documented = read('../README.md') + read('../../../solution-kit/README.md')
  const missing = [...codes].filter((code) => !documented.includes(`\`${code}\``))
  expect(missing).toEqual([])
})
