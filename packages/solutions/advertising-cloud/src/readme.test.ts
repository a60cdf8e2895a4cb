import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { callCodes, dropCodes, recordCodes } from './codes.ts'
import { advertisingCloudSettings } from './settings.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const documented = read('../README.md') + read('../../../solution-kit/README.md')

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
  expect(codes.size).toBeGreaterThan(20)
  expect([...codes].filter((code) => !documented.includes(`\`${code}\``))).toEqual([])
})

test('so is every code of Amazon’s that is known here', () => {
  const known = [...callCodes.keys(), ...recordCodes.keys(), ...dropCodes.keys()]
  expect(known.filter((code) => !new RegExp(`\\b${code}\\b`).test(documented))).toEqual([])
})

test('and every setting', () => {
  const form = z.toJSONSchema(advertisingCloudSettings, { io: 'input' })
  const names = Object.keys(form.properties ?? {})
  expect(names.filter((name) => !documented.includes(`\`${name}\``))).toEqual([])
})
