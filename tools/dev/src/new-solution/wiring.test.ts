import { expect, test } from 'vitest'
import { solutionName } from './solution-name.ts'
import { wirings } from './wiring.ts'

const name = solutionName('acme-mail')

/** What becomes of a file's text. */
function edited(path: string, text: string, of = name): string {
  const wiring = wirings.find((one) => one.path === path)
  if (wiring === undefined) throw new Error(path)
  return wiring.edit(text, of)
}

function references(...paths: string[]): string {
  return JSON.stringify({ files: [], references: paths.map((path) => ({ path })) })
}

const adapters = `import { aSettings, aSolution } from '@segue/solution-a'
import {
  longSettings,
  longSolution,
} from '@segue/solution-zz'
import type { z } from 'zod'

/** Every adapter there is, by its solution's name. */
export const adapters: Readonly<Record<string, Adapter>> = {
  a: adapter(aSettings, aSolution),
  // A comment.
  zz: adapter(longSettings, longSolution, { calls: 1, windowMs: 1_000 }),
}
`

test('the table of adapters gets an import by the alphabet, and an entry', () => {
  expect(edited('apps/processor/src/adapters.ts', adapters)).toBe(
    adapters
      .replace(
        'import {\n',
        "import { acmeMailSettings, acmeMailSolution } from '@segue/solution-acme-mail'\nimport {\n",
      )
      .replace('\n}\n', "\n  'acme-mail': adapter(acmeMailSettings, acmeMailSolution),\n}\n"),
  )
  expect(edited('apps/processor/src/adapters.ts', adapters, solutionName('acme'))).toContain(
    '\n  acme: adapter(acmeSettings, acmeSolution),\n}\n',
  )
})

test('references and dependencies stand by the alphabet', () => {
  const root = edited('tsconfig.json', references('apps/a', 'packages/solutions/zz', 'tools/dev'))
  expect(JSON.parse(root)).toEqual(
    JSON.parse(
      references('apps/a', 'packages/solutions/acme-mail', 'packages/solutions/zz', 'tools/dev'),
    ),
  )
  const before = JSON.stringify({ name: 'x', dependencies: { '@segue/z': '1', zod: '2' } })
  const after = edited('apps/processor/package.json', before)
  expect(JSON.stringify(JSON.parse(after))).toBe(
    '{"name":"x","dependencies":{"@segue/solution-acme-mail":"workspace:*","@segue/z":"1","zod":"2"}}',
  )
})

test('what knows of the solution already stays as it is', () => {
  const texts = {
    'tsconfig.json': '{"references":[]}',
    'apps/processor/tsconfig.json': '{"references":[]}',
    'apps/processor/package.json': '{"dependencies":{}}',
    'apps/processor/src/adapters.ts': adapters,
  }
  expect(wirings.map(({ path }) => path)).toEqual(Object.keys(texts))
  for (const [path, text] of Object.entries(texts)) {
    const once = edited(path, text)
    expect(once).not.toBe(text)
    expect(edited(path, once)).toBe(once)
  }
})

test.each([
  ['tsconfig.json', '// a comment\n{"references":[]}'],
  ['tsconfig.json', '{}'],
  ['tsconfig.json', '{"references":[{}]}'],
  ['apps/processor/package.json', '[]'],
  ['apps/processor/package.json', '{}'],
  ['apps/processor/src/adapters.ts', 'export const adapters = {}\n'],
  ['apps/processor/src/adapters.ts', adapters.replace('export const adapters', 'const adapters')],
])('%s in another form is left alone', (path, text) => {
  expect(() => edited(path, text)).toThrow(expect.objectContaining({ code: 'WIRING_UNREADABLE' }))
})
