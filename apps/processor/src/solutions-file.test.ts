import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unlimited } from '@segue/solution-kit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSolutionsFile } from './solutions-file.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'segue-solutions-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function written(content: unknown): string {
  const path = join(dir, 'solutions.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

const marketo = {
  url: 'https://123-ABC-456.mktorest.com',
  clientId: 'client',
  clientSecret: 'env:MARKETO_SECRET',
  listFolderId: 12,
}

test('secrets come from the environment, and Marketo keeps half of its limit by default', async () => {
  const path = written({ marketo: { settings: marketo } })
  const [configured] = readSolutionsFile(path, { MARKETO_SECRET: 'hidden' })
  expect(configured).toMatchObject({ name: 'marketo', rateLimit: { calls: 50, windowMs: 20_000 } })
  const solution = configured?.create(unlimited, () => undefined)
  expect(solution?.name).toBe('marketo')
  await solution?.close()
})

test('a limit that is set counts', () => {
  const path = written({ marketo: { rateLimit: { calls: 7, windowMs: 1_000 }, settings: marketo } })
  const [configured] = readSolutionsFile(path, { MARKETO_SECRET: 'hidden' })
  expect(configured?.rateLimit).toEqual({ calls: 7, windowMs: 1_000 })
})

test('an unknown solution, a wrong setting, a missing variable: each is named, values are not', () => {
  expect(() => readSolutionsFile(written({ hubspot: { settings: {} } }), {})).toThrow(
    /SOLUTIONS_INVALID.*no solution hubspot.*audience-manager, analytics, .*, marketo/,
  )
  expect(() => readSolutionsFile(written({ marketo: { settings: marketo } }), {})).toThrow(
    /SOLUTIONS_INVALID.*MARKETO_SECRET/,
  )
  const wrong = written({
    marketo: { settings: { ...marketo, clientSecret: 'open-secret', listFolderId: 'twelve' } },
  })
  expect(() => readSolutionsFile(wrong, {})).toThrow(/SOLUTIONS_INVALID.*marketo: listFolderId/)
  expect(() => readSolutionsFile(wrong, {})).not.toThrow(/open-secret/)
  expect(() => readSolutionsFile(written({ marketo: [] }), {})).toThrow(/SOLUTIONS_INVALID/)
})
