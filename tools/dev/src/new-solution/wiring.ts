import { LauncherError } from '../launcher-error.ts'
import type { SolutionName } from './solution-name.ts'

/** One file outside a new package that must know of it; what already does stays as it is. */
export interface Wiring {
  /** Below the root. */
  readonly path: string
  /** @throws LauncherError `WIRING_UNREADABLE` where the file is not in the form that is known here */
  readonly edit: (text: string, name: SolutionName) => string
}

const processor = 'apps/processor'

/** Every file that is changed for a new solution. */
export const wirings: readonly Wiring[] = [
  {
    path: 'tsconfig.json',
    edit: (text, { kebab }) => withReference('tsconfig.json', text, `packages/solutions/${kebab}`),
  },
  {
    path: `${processor}/tsconfig.json`,
    edit: (text, { kebab }) =>
      withReference(`${processor}/tsconfig.json`, text, `../../packages/solutions/${kebab}`),
  },
  {
    path: `${processor}/package.json`,
    edit: (text, { kebab }) =>
      withDependency(`${processor}/package.json`, text, `@segue/solution-${kebab}`),
  },
  { path: `${processor}/src/adapters.ts`, edit: withAdapter },
]

function withReference(path: string, text: string, reference: string): string {
  const json = objectIn(path, text)
  const { references } = json
  if (!Array.isArray(references)) throw unreadable(path, 'it has no references')
  const paths = new Set(references.map((one: unknown) => pathOf(path, one)))
  if (paths.has(reference)) return text
  const all = [...paths, reference].toSorted().map((one) => ({ path: one }))
  return textOf({ ...json, references: all })
}

function pathOf(file: string, reference: unknown): string {
  const path = isObject(reference) ? reference['path'] : undefined
  if (typeof path !== 'string') throw unreadable(file, 'a reference has no path')
  return path
}

function withDependency(path: string, text: string, name: string): string {
  const json = objectIn(path, text)
  const { dependencies } = json
  if (!isObject(dependencies)) throw unreadable(path, 'it has no dependencies')
  if (name in dependencies) return text
  const all = Object.entries({ ...dependencies, [name]: 'workspace:*' })
  const sorted = all.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return textOf({ ...json, dependencies: Object.fromEntries(sorted) })
}

const table = /^export const adapters: .+ = \{\n[\s\S]*?^\}\n/m

/** Adds the import, where its package belongs by the alphabet, and the entry, at the end of the table. */
function withAdapter(text: string, { kebab, camel }: SolutionName): string {
  const path = `${processor}/src/adapters.ts`
  const from = `@segue/solution-${kebab}`
  if (text.includes(`'${from}'`)) return text
  const imports = [...text.matchAll(/^import [^']+ from '([^']+)'\n/gm)]
  const end = imports.at(-1)
  const found = table.exec(text)
  if (end === undefined) throw unreadable(path, 'it has no imports')
  if (found === null) throw unreadable(path, 'it has no table `adapters`')
  const next = imports.find(([, other = '']) => other > from)
  const importAt = next?.index ?? end.index + end[0].length
  const entryAt = found.index + found[0].length - '}\n'.length
  const key = kebab.includes('-') ? `'${kebab}'` : kebab
  return [
    text.slice(0, importAt),
    `import { ${camel}Settings, ${camel}Solution } from '${from}'\n`,
    text.slice(importAt, entryAt),
    `  ${key}: adapter(${camel}Settings, ${camel}Solution),\n`,
    text.slice(entryAt),
  ].join('')
}

function objectIn(path: string, text: string): Readonly<Record<string, unknown>> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw unreadable(path, 'it is not plain JSON')
  }
  if (!isObject(json)) throw unreadable(path, 'it is not an object')
  return json
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(json: object): string {
  return `${JSON.stringify(json, undefined, 2)}\n`
}

function unreadable(path: string, what: string): LauncherError {
  return new LauncherError(
    'WIRING_UNREADABLE',
    `${path}: ${what}. Nothing was written: mend the file, or tools/dev/src/new-solution/wiring.ts if it is right`,
    { exitCode: 1 },
  )
}
