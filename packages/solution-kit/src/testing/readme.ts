import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

/** What an adapter's README has to name beside the codes that stand in its sources. */
export interface ReadmeOptions {
  /** Codes that the search of the sources does not find. */
  readonly codes?: readonly string[]
  /** So many are there at the least: fewer, and the search misses some. */
  readonly fewestCodes?: number
  /** The solution's own codes; these may stand in the README without marks around them. */
  readonly solutionCodes?: readonly string[]
  /** The schema of the settings, each of which the package's own README names. */
  readonly settings?: z.ZodType
}

/**
 * Registers a test that a package's README names what people meet: every code in the sources, there or in the kit's README, and every setting, there.
 * @param testFile `import.meta.url` of the test in the package's `src/`; `../README.md` is read, and all sources below that folder
 */
export function testReadme(testFile: string, options: ReadmeOptions = {}): void {
  const { codes = [], fewestCodes = 10, solutionCodes = [], settings } = options
  test('the README names every code in the sources, or the kit’s does, and every setting', () => {
    const own = read(new URL('../README.md', testFile))
    const documented = own + read(new URL('../../README.md', import.meta.url))
    const ours = new Set([...codesBelow(new URL('.', testFile)), ...codes])
    expect(ours.size).toBeGreaterThanOrEqual(fewestCodes)
    expect({
      codes: unmarked([...ours], documented),
      solutionCodes: solutionCodes.filter((code) => !hasWord(documented, code)),
      settings: unmarked(settings === undefined ? [] : settingsIn(settings), own),
    }).toEqual({ codes: [], solutionCodes: [], settings: [] })
  })
}

function read(path: URL): string {
  return readFileSync(path, 'utf8')
}

/** Words that never stand as code. */
function unmarked(words: readonly string[], text: string): readonly string[] {
  return words.filter((word) => !text.includes(`\`${word}\``))
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text)
}

function codesBelow(folder: URL): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => codesIn(read(new URL(name, folder))))
}

/** Codes as sources write them: the first argument of an entry, a refusal or a rejection, `code`, or the first of a table's tuple. */
function codesIn(source: string): readonly string[] {
  const found = source.matchAll(
    /(?:\b(?:entry|refusal|rejected)\(\s*|\bcode: |: \[)'([A-Z][A-Z0-9_]+)'/g,
  )
  // `HTTP_<status>` stands in the README once for all of them.
  return [...found].flatMap(([, code]) => (code?.startsWith('HTTP_') === true ? [] : (code ?? [])))
}

const objectForm = z.object({ properties: z.record(z.string(), z.unknown()) })
const unionForm = z.object({ oneOf: z.array(objectForm) })

/** Names at the top of a schema, or of each form that it may take. */
function settingsIn(schema: z.ZodType): readonly string[] {
  const form = z.union([objectForm, unionForm]).parse(z.toJSONSchema(schema, { io: 'input' }))
  const forms = 'oneOf' in form ? form.oneOf : [form]
  return forms.flatMap(({ properties }) => Object.keys(properties))
}
