import { existsSync, globSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checks } from './suites/checks.ts'

// Guards the lists that tools read but nobody checks: a package that is missing from one of them is silently left out.

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface PackageJson {
  readonly name?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}
interface TsConfig {
  readonly references?: readonly { readonly path: string }[]
}
interface TurboJson {
  readonly tags?: readonly string[]
  readonly tasks?: Readonly<Record<string, unknown>>
  readonly boundaries?: { readonly tags: Readonly<Record<string, unknown>> }
}

/** A tsconfig may have comments on lines of their own. */
const readJson = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(root, ...path), 'utf8').replaceAll(/^\s*\/\/.*$/gm, ''))
const dependenciesOf = (json: PackageJson): Record<string, string> => ({
  ...json.dependencies,
  ...json.devDependencies,
})

/** Folders of pnpm-workspace.yaml that hold a package, relative to the root. */
const folders = [
  ...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(/^ {2}- ([\w/*-]+)$/gm),
]
  .flatMap(([, pattern = '']) => globSync(`${pattern}/package.json`, { cwd: root }))
  .map((path) => dirname(path))
  .toSorted()
const packages = folders.map((folder) => ({
  folder,
  json: readJson(folder, 'package.json') as PackageJson,
}))
const folderByName = new Map(packages.map(({ folder, json }) => [json.name ?? '', folder]))

/** What belongs to the project, relative to the root: what is installed, built or cached does not. */
const files = globSync('**/*.{ts,mjs,lua,json,yaml,md}', {
  cwd: root,
  exclude: (path) => /^(node_modules|dist|\.turbo|\.segue|\.git)$/.test(basename(path)),
})
const sources = files.filter((file) => /\.(ts|mjs|lua)$/.test(file))
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
const thisFile = relative(root, fileURLToPath(import.meta.url))

test('the workspace was found', () => {
  expect(folders).toContain('tools/dev')
  expect(folders).toContain('packages/solutions/marketo')
  expect(sources).toContain(thisFile)
})

test('the root tsconfig refers to every package, so that none goes unchecked', () => {
  const { references = [] } = readJson('tsconfig.json') as TsConfig
  expect(references.map(({ path }) => path).toSorted()).toEqual(folders)
})

test.each(packages)(
  '$folder refers to exactly the packages that it depends on',
  ({ folder, json }) => {
    const { references = [] } = readJson(folder, 'tsconfig.json') as TsConfig
    const referred = references.map(({ path }) => relative(root, resolve(root, folder, path)))
    const depended = Object.keys(dependenciesOf(json)).flatMap(
      (name) => folderByName.get(name) ?? [],
    )
    expect(referred.toSorted()).toEqual(depended.toSorted())
  },
)

test.each(packages)('$folder is named, licensed, tagged and described', ({ folder, json }) => {
  expect(json.name).toMatch(/^@segue\/[a-z-]+$/)
  expect(json).toMatchObject({ private: true, license: 'MIT', type: 'module' })
  const known = Object.keys((readJson('turbo.json') as TurboJson).boundaries?.tags ?? {})
  const { tags = [] } = readJson(folder, 'turbo.json') as TurboJson
  expect(tags).toHaveLength(1)
  expect(known).toContain(tags[0])
  const readme = join(root, folder, 'README.md')
  expect(existsSync(readme) && readFileSync(readme, 'utf8').startsWith('# ')).toBe(true)
})

test.each(packages)('$folder takes versions from the catalog', ({ json }) => {
  const others = Object.entries(dependenciesOf(json)).filter(
    ([name, version]) => version !== (folderByName.has(name) ? 'workspace:*' : 'catalog:'),
  )
  expect(others).toEqual([])
})

test('npm test runs what npm run check runs, and turbo knows all of it', () => {
  const names = checks.map(({ name }) => name)
  const script = (readJson('package.json') as PackageJson).scripts?.['check'] ?? ''
  expect(/^turbo run ((?:\w+ )+)--/.exec(script)?.[1]?.trim().split(' ')).toEqual(names)
  const rootTasks = Object.keys((readJson('turbo.json') as TurboJson).tasks ?? {})
    .filter((task) => task.startsWith('//#'))
    .map((task) => task.slice('//#'.length))
  expect(rootTasks.toSorted()).toEqual(names.toSorted())
})

/** Words that say nothing: whatever is named so does everything. */
const empty = ['manager', 'helper', 'helpers', 'util', 'utils', 'data', 'info']
const lastWord = (name: string): string =>
  (name.split(/(?<=[a-z0-9])(?=[A-Z])|[-_.]/).at(-1) ?? '').toLowerCase()

/** Audience Manager is a product, and is called so. */
const isEmpty = (name: string): boolean =>
  empty.includes(lastWord(name)) && !/^audience-?manager$/i.test(name)

test('no file, folder or declaration has an empty name', () => {
  const found = files.flatMap((file) =>
    file
      .split('/')
      .map((part) => part.replace(/(\.test|\.d)?\.\w+$/, ''))
      .filter((part) => isEmpty(part))
      .map((part) => `${file}: ${part}`),
  )
  for (const file of sources) {
    const declared = textOf(file).matchAll(
      /^(?:export )?(?:async )?(?:function\*?|const|let|class|interface|type) (\w+)/gm,
    )
    for (const [, name = ''] of declared) if (isEmpty(name)) found.push(`${file}: ${name}`)
  }
  expect(found).toEqual([])
})

test('nothing is left undone, and no check is silenced', () => {
  // Letters in brackets, so that this line is not found itself.
  const mark =
    /T[O]DO|FIX[M]E|@ts-(?:i[g]nore|e[x]pect-error|n[o]check)|(?:eslint|oxlint)-d[i]sable|(?:oxfmt|prettier)-i[g]nore/
  expect(sources.filter((file) => mark.test(textOf(file)))).toEqual([])
})

test('no file names a place of one machine', () => {
  const places = [root.replace(/\/$/, ''), homedir()].filter((path) => path.split('/').length > 2)
  const found = files.flatMap((file) => {
    const text = textOf(file)
    const homes = text.match(/(?<![\w.])\/(home|Users)\/[a-z]/g) ?? []
    return [...places.filter((place) => text.includes(place)), ...homes].map(
      (place) => `${file}: ${place}`,
    )
  })
  expect(found).toEqual([])
})

test('what is installed does not hang on one registry', () => {
  for (const file of ['pnpm-lock.yaml', '.npmrc']) {
    expect(textOf(file)).not.toMatch(/https?:\/\/|registry=/)
  }
})
