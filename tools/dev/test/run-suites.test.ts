import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runSuites, type Check } from '../src/suites/run-suites.ts'
import { isAlive, until } from './conditions.ts'

/** A folder with tests of its own, run by the real vitest. */
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'segue-suites-'))
  await writeFile(
    join(root, 'vitest.config.mjs'),
    `export default { test: { globals: true, include: ['*.test.mjs'], reporters: [] } }`,
  )
})
afterEach(() => rm(root, { recursive: true, force: true }))

const passing: Check = { name: 'passing', program: process.execPath, args: ['-e', ''] }
const failing: Check = {
  name: 'failing',
  program: process.execPath,
  args: ['-e', `console.log('line 7 is too long'); process.exit(3)`],
}

async function run(
  files: Readonly<Record<string, string>>,
  checks: readonly Check[] = [],
): Promise<{ passed: number; failed: number; lines: string[] }> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(root, `${name}.test.mjs`), text)
  }
  let output = ''
  const { passed, failed } = await runSuites({
    root,
    checks,
    filters: [],
    testOutput: () => {},
    write: (text) => void (output += text),
    signal: new AbortController().signal,
  })
  return { passed, failed, lines: output.trimEnd().split('\n') }
}

test('tests and checks that pass are counted in the last line', async () => {
  const { lines } = await run(
    { good: `test('one', () => {}); describe('in', () => { test('two', () => {}) })` },
    [passing],
  )
  expect(lines.at(-1)).toBe('tests: 3 passed, 0 failed')
})

test('a failed check is counted, and only its output is shown', async () => {
  const { lines } = await run({ good: `test('one', () => {})` }, [passing, failing])
  expect(lines.at(-1)).toBe('tests: 2 passed, 1 failed')
  expect(lines).toContain('✗ failing')
  expect(lines).toContain('  line 7 is too long')
  expect(lines).toContain('checks: ✓ passing  ✗ failing')
})

test('a check whose program is missing fails', async () => {
  const missing: Check = { name: 'missing', program: 'no-such-program', args: [] }
  const { lines } = await run({ good: `test('one', () => {})` }, [missing])
  expect(lines.at(-1)).toBe('tests: 1 passed, 1 failed')
  expect(lines.join('\n')).toContain('ENOENT')
})

test.each([
  ['a failed test', `test('a', () => {}); test('b', () => { throw new Error('no') })`, 1],
  ['a file that does not load', `throw new Error('broken file')`, 0],
  [
    'a hook that fails',
    `describe('s', () => { beforeAll(() => { throw new Error('hook') }); test('a', () => {}) })`,
    0,
  ],
  [
    'an error that no test caught',
    `test('a', async () => {
       setTimeout(() => { throw new Error('stray') }, 1)
       await new Promise((resolve) => setTimeout(resolve, 200))
     })`,
    1,
  ],
  ['a forgotten only', `test.only('a', () => {}); test('b', () => {})`, 0],
  ['a file with no test', `export const nothing = 1`, 0],
])('%s is a failure', async (_, file, passed) => {
  const result = await run({ bad: file })
  expect(result.failed).toBeGreaterThanOrEqual(1)
  expect(result.passed).toBe(passed)
  expect(result.lines.at(-1)).toBe(`tests: ${passed} passed, ${result.failed} failed`)
})

test('a run with no test at all is a failure', async () => {
  const { lines } = await run({}, [passing])
  expect(lines.at(-1)).toBe('tests: 1 passed, 1 failed')
})

test('a run in which all tests were skipped is a failure', async () => {
  const { lines } = await run({ skipped: `test.skip('a', () => {})` })
  expect(lines).toContain('✗ no test ran')
  expect(lines.at(-1)).toBe('tests: 0 passed, 1 failed')
})

test('a failure that vitest tells by its exit code alone is one', async () => {
  await writeFile(join(root, 'setup.mjs'), `export const teardown = () => { process.exitCode = 1 }`)
  await writeFile(
    join(root, 'vitest.config.mjs'),
    `export default { test: { globals: true, include: ['*.test.mjs'], globalSetup: ['setup.mjs'] } }`,
  )
  const { lines } = await run({ good: `test('a', () => {})` })
  expect(lines).toContain('✗ vitest reported a failure that is no test')
  expect(lines.at(-1)).toBe('tests: 1 passed, 1 failed')
})

test('a run that takes its process down is a failure with a summary', async () => {
  const { lines } = await run({
    bad: `test('a', () => { process.kill(process.ppid, 'SIGKILL') })`,
  })
  expect(lines.at(-1)).toBe('tests: 0 passed, 1 failed')
  expect(lines.join('\n')).toContain('vitest ended by SIGKILL without a result')
})

test('an interrupted run ends all it started, and says so with its exit code', async () => {
  const pids = join(root, 'pids')
  const source = `
    import { runSuites } from ${JSON.stringify(new URL('../src/suites/run-suites.ts', import.meta.url).href)}
    const interrupt = new AbortController()
    process.on('SIGINT', () => interrupt.abort())
    const sleeps = \`require('fs').appendFileSync('pids', process.pid + '\\\\n'); setInterval(() => {}, 1000)\`
    const { interrupted } = await runSuites({
      root: ${JSON.stringify(root)},
      checks: [
        { name: 'sleeps', program: process.execPath, args: ['-e', sleeps] },
        { name: 'never started', program: process.execPath, args: ['-e', sleeps] },
      ],
      filters: [],
      testOutput: () => {},
      write: (text) => void process.stdout.write(text),
      signal: interrupt.signal,
    })
    process.exit(interrupted ? 130 : 0)`
  await writeFile(
    join(root, 'sleeps.test.mjs'),
    `import { appendFileSync } from 'node:fs'
     test('sleeps', async () => {
       appendFileSync('pids', process.pid + '\\n' + process.ppid + '\\n')
       await new Promise(() => {})
     }, 600_000)`,
  )
  const runner = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  runner.stdout.setEncoding('utf8').on('data', (text: string) => void (output += text))
  const readPids = async (): Promise<number[]> =>
    (await readFile(pids, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number)
  await until('the check and the test sleep', async () => (await readPids()).length >= 3)

  const exited = once(runner, 'exit')
  runner.kill('SIGINT')
  expect((await exited)[0]).toBe(130)
  expect(output).toMatch(/interrupted\ntests: \d+ passed, \d+ failed\n$/)
  const started = await readPids()
  expect(started).toHaveLength(3)
  await until('all of it is gone', () => started.every((pid) => !isAlive(pid)))
})
