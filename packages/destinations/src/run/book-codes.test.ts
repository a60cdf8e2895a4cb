import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bookCode, bookCodes } from './book-codes.ts'
import { solutionCodes } from './solution-codes/solution-codes.ts'

const packages = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, packages), 'utf8')

/** Rows of a README's tables of codes: the code, what happened where a column says that, and what follows. */
function tableRows(readme: string): { code: string; happened: string; follows: string }[] {
  const rows = []
  let head: readonly string[] | undefined
  for (const line of readme.split('\n')) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    if (!line.startsWith('|')) head = undefined
    else if (head === undefined) head = cells
    else if (head[0] === 'code' && head.at(-1) === 'what follows' && !line.startsWith('| --')) {
      for (const [, code = ''] of cells[0]!.matchAll(/`([^`]+)`/g)) {
        const happened = cells[head.indexOf('what happened')] ?? ''
        rows.push({ code, happened, follows: cells.at(-1)! })
      }
    }
  }
  return rows
}

const readmes: Readonly<Record<string, string>> = {
  '': 'solution-kit/README.md',
  ...Object.fromEntries(
    readdirSync(new URL('solutions/', packages)).map((name) => [
      name,
      `solutions/${name}/README.md`,
    ]),
  ),
}

describe('every code that an adapter may answer with is in the registry, in its README’s words', () => {
  // That a README names every code in the adapter's sources, the adapter's own test says.
  test.each(Object.entries(readmes))('%s', (solution, readme) => {
    const rows = tableRows(read(readme))
    expect(rows.length).toBeGreaterThan(10)
    const known = solutionCodes[solution] ?? {}
    expect(
      Object.entries(known).map(([code, [happened, follows]]) => ({ code, happened, follows })),
    ).toEqual(
      // One table has no words of its own for what happened.
      rows.map((row) => ({ ...row, happened: row.happened || known[row.code]?.[0] })),
    )
  })
})

test('every code that the engine counts rows by is in the registry', () => {
  const sources = ['activation/src', 'runtime/src/partition'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, packages), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => read(`${folder}/${name}`)),
  )
  const found = sources.flatMap((source) =>
    [...source.matchAll(/(?:code: '|(?:excluded|failed):)([A-Z][A-Z0-9_]+)'/g)].map(
      ([, code = '']) => code,
    ),
  )
  expect(new Set(found).size).toBeGreaterThanOrEqual(4)
  for (const code of found) expect([code, bookCode(code, 'marketo')?.code]).toEqual([code, code])
})

test('docs/codes.md has the engine’s own, in the registry’s words', () => {
  const documented = new Map(
    read('../docs/codes.md')
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .map(([code, , meaning, remedy]) => [code, [meaning, remedy]]),
  )
  const everySolution = Object.keys(solutionCodes['']!)
  const engine = bookCodes().filter(
    ({ code, solution }) => solution === undefined && !everySolution.includes(code),
  )
  expect(engine.length).toBeGreaterThanOrEqual(4)
  for (const { code, meaning, remedy } of engine) {
    expect([code, documented.get(`\`${code}\``)]).toEqual([code, [meaning, remedy]])
  }
})

test('every entry says what happened and what to do', () => {
  for (const { code, meaning, remedy } of bookCodes()) {
    expect([code, meaning]).toEqual([code, expect.stringMatching(/^\S.{3,}\.$/s)])
    expect([code, remedy]).toEqual([code, expect.stringMatching(/^\S.{6,}\.$/s)])
  }
})

test('a code is looked up with the engine, then its solution, then every adapter', () => {
  expect(bookCode('CONSENT_VIOLATION', 'marketo')?.meaning).toContain('consent')
  expect(bookCode('CALL_INVALID', 'marketo')?.solution).toBe('marketo')
  expect(bookCode('CONNECT_FAILED', 'marketo')?.solution).toBeUndefined()
  expect(bookCode('HTTP_418', 'target')?.code).toBe('HTTP_<status>')
  expect(bookCode('MARKETO_1099', 'marketo')?.code).toBe('MARKETO_<code>')
  expect(bookCode('MARKETO_1099', 'target')).toBeUndefined()
  expect(bookCode('NEVER_HEARD_OF', 'target')).toBeUndefined()
})
