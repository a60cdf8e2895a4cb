import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rejections } from './codes.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Codes as the sources write them: the first argument of an entry or a refusal, or of a table of troubles. */
function codesIn(source: string): readonly string[] {
  const found = source.matchAll(/(?:\b(?:entry|refusal)\(\s*|: \[)'([A-Z][A-Z0-9_]+)'/g)
  // `HTTP_<status>` stands there once for all of them.
  return [...found].flatMap(([, code]) => (code?.startsWith('HTTP_') === true ? [] : (code ?? [])))
}

test('every code in the sources is in the README, here or in the kit’s', () => {
  const sources = readdirSync(new URL('.', import.meta.url)).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  )
  const written = sources.flatMap((name) => codesIn(read(name)))
  const codes = new Set([...written, ...rejections.map(([, code]) => code)])
  expect(codes.size).toBeGreaterThan(5)
  const documented = read('../README.md') + read('../../../solution-kit/README.md')
  const missing = [...codes].filter((code) => !documented.includes(`\`${code}\``))
  expect(missing).toEqual([])
})
