import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Codes as the sources write them: the first argument of an entry or a refusal. */
function codesIn(source: string): readonly string[] {
  const found = source.matchAll(/\b(?:entry|refusal)\(\s*'([A-Z][A-Z0-9_]+)'/g)
  return [...found].flatMap(([, code]) => code ?? [])
}

test('every code in the sources is in the README, here or in the kit’s', () => {
  const sources = readdirSync(new URL('.', import.meta.url)).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  )
  const codes = new Set(sources.flatMap((name) => codesIn(read(name))))
  expect(codes.size).toBeGreaterThan(5)
  const documented = read('../README.md') + read('../../../packages/solution-kit/README.md')
  const missing = [...codes].filter((code) => !documented.includes(`\`${code}\``))
  expect(missing).toEqual([])
})

test('every setting is in the README', () => {
  const source = read('settings.ts')
  const settings = [...source.matchAll(/^ {2}readonly (\w+)\?:|^ {2}readonly (\w+):/gm)].map(
    ([, optional, needed]) => optional ?? needed ?? '',
  )
  expect(settings.length).toBeGreaterThan(5)
  const documented = read('../README.md')
  expect(settings.filter((name) => !documented.includes(`\`${name}\``))).toEqual([])
})
