import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planSolution, writeSolution, type SolutionPlan } from '../src/new-solution/new-solution.ts'
import { solutionName } from '../src/new-solution/solution-name.ts'
import { templateFolder } from '../src/new-solution/template.ts'
import { wirings } from '../src/new-solution/wiring.ts'

// A new solution is made in a copy of the workspace, and is then held to what every adapter is held to. Nothing is installed:
// packages are linked by hand as an installation would do it.

const root = fileURLToPath(new URL('../../..', import.meta.url))
// A long name: lines that fit in the template do not fit any more.
const name = solutionName('acme-mail-and-messages-cloud')
const packageName = `@segue/solution-${name.kebab}`
const adaptersOnly = JSON.stringify({
  extends: './tsconfig.base.json',
  compilerOptions: {
    composite: false,
    emitDeclarationOnly: false,
    isolatedDeclarations: false,
    noEmit: true,
  },
  include: [],
  files: ['apps/processor/src/adapters.ts'],
})
let copy: string
let plan: SolutionPlan

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'segue-new-solution-'))
  await copyWorkspace(copy)
  plan = planSolution(copy, name)
  writeSolution(copy, plan, () => undefined)
  await link(plan.folder)
})
afterAll(() => rm(copy, { recursive: true, force: true }))

test('no word of the template is left, and every file has a place', async () => {
  const made = plan.made.map(({ path }) => path)
  expect(made).toContain(`${plan.folder}/src/${name.kebab}-solution.ts`)
  expect(made).toContain(`${plan.folder}/test/conformance.test.ts`)
  for (const { path, text } of plan.made) {
    expect(path).not.toContain('example-lists')
    expect(text).not.toMatch(/example-?lists|solution-template|<!--/i)
  }
  expect(plan.changed.map(({ path }) => path)).toEqual(wirings.map(({ path }) => path))
})

test('it is formatted, linted and checked, and so is what it was written into', async () => {
  const written = [...plan.made, ...plan.changed].map(({ path }) => path)
  await run('oxfmt', written)
  await run('oxfmt', ['--check', ...written])
  const linted = await run('oxlint', [plan.folder, 'apps/processor/src/adapters.ts'])
  expect(linted).toContain('Found 0 warnings and 0 errors')
  expect(await run('tsc', ['-b', plan.folder])).toBe('')
  // Built with all that it refers to, the processor would take long, and a stray file anywhere would fail this test.
  await writeFile(join(copy, 'tsconfig.adapters.json'), adaptersOnly)
  expect(await run('tsc', ['-p', 'tsconfig.adapters.json'])).toBe('')
})

test('it passes its own tests, the conformance suite among them', async () => {
  const file = join(copy, 'report.json')
  const reporter = ['--reporter', 'json', '--outputFile', file]
  await run('vitest', ['run', '--root', plan.folder, ...reporter])
  const report = JSON.parse(await readFile(file, 'utf8')) as {
    readonly numFailedTests: number
    readonly testResults: readonly {
      readonly name: string
      readonly assertionResults: readonly { readonly status: string }[]
    }[]
  }
  expect(report.numFailedTests).toBe(0)
  const conformance = report.testResults.find((one) => one.name.endsWith('conformance.test.ts'))
  const passed = conformance?.assertionResults.filter(({ status }) => status === 'passed') ?? []
  expect(passed.length).toBeGreaterThan(25)
})

test('a solutions file may name it', async () => {
  const program = `
    import { adapters } from ${JSON.stringify(join(copy, 'apps/processor/src/adapters.ts'))}
    const settings = { url: 'https://api.example.com', clientId: 'id', clientSecret: 'secret' }
    const configured = adapters[${JSON.stringify(name.kebab)}].configure(settings)
    const limiter = { take: () => Promise.resolve(0) }
    const solution = configured.create({ rateLimiter: limiter, log: () => {} })
    console.log(solution.name)
    await solution.close()`
  const said = await run(process.execPath, ['--input-type=module', '--eval', program])
  expect(said.trim()).toBe(name.kebab)
})

test('a folder that is there is left alone; without it, only the package is made again', async () => {
  expect(() => planSolution(copy, name)).toThrow(
    expect.objectContaining({ code: 'SOLUTION_EXISTS' }),
  )
  const other = await mkdtemp(join(tmpdir(), 'segue-new-solution-'))
  try {
    await copyForPlan(copy, other)
    const again = planSolution(other, name)
    expect(again.made.map(({ path }) => path)).toEqual(plan.made.map(({ path }) => path))
    expect(again.changed).toEqual([])
    expect(() => planSolution(other, solutionName('example-lists'))).toThrow(
      expect.objectContaining({ code: 'SOLUTION_EXISTS' }),
    )
  } finally {
    await rm(other, { recursive: true, force: true })
  }
})

test('a file that cannot be written ends it, and what was written is said', async () => {
  const other = await mkdtemp(join(tmpdir(), 'segue-new-solution-'))
  try {
    await copyForPlan(root, other)
    const planned = planSolution(other, name)
    const [first, second] = planned.changed
    if (first === undefined || second === undefined) throw new Error('nothing to change')
    await rm(join(other, second.path))
    await mkdir(join(other, second.path))
    const wrote: string[] = []
    const message = `delete ${planned.folder}`
    expect(() => writeSolution(other, planned, (_what, path) => wrote.push(path))).toThrow(
      expect.objectContaining({
        code: 'WRITE_FAILED',
        message: expect.stringContaining(message) as string,
      }),
    )
    expect(wrote).toEqual([...planned.made.map(({ path }) => path), first.path])
    expect(await readFile(join(other, first.path), 'utf8')).toBe(first.text)
  } finally {
    await rm(other, { recursive: true, force: true })
  }
})

/** What an installation would not copy: caches, and shims that hold paths. */
const left: ReadonlySet<string> = new Set(['.bin', '.cache', '.vite', '.vite-temp', '.turbo'])

/** Everything that the processor needs. Links between packages are relative, so that in the copy they lead to the copy. */
async function copyWorkspace(to: string): Promise<void> {
  for (const folder of ['apps/processor', 'packages', templateFolder]) {
    await cp(join(root, folder), join(to, folder), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !left.has(basename(path)),
    })
  }
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.isFile()) await cp(join(root, entry.name), join(to, entry.name))
  }
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'))
}

/** The least that a plan reads. */
async function copyForPlan(from: string, to: string): Promise<void> {
  for (const { path } of wirings) await cp(join(from, path), join(to, path))
  await cp(join(root, templateFolder), join(to, templateFolder), {
    recursive: true,
    filter: (path) => basename(path) !== 'node_modules',
  })
}

/** Links the package to what it depends on, and the processor to the package. */
async function link(folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(copy, folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  }
  expect(manifest.name).toBe(packageName)
  const installed = join(copy, templateFolder, 'node_modules')
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const at = join(copy, folder, 'node_modules', dependency)
    await mkdir(dirname(at), { recursive: true })
    await symlink(join(installed, dependency), at)
  }
  const ofProcessor = join(copy, 'apps/processor/node_modules', packageName)
  await symlink(join(copy, folder), ofProcessor)
}

/** Runs a program that the root package installs, in the copy. Answers what it wrote; throws where it fails. */
function run(program: string, args: readonly string[]): Promise<string> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
  // Not those of the test run that this is a part of.
  const env = { PATH: path, HOME: process.env['HOME'] ?? copy }
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: copy, env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${program}: ${stdout}${stderr}`, { cause: error }))
    })
  })
}
