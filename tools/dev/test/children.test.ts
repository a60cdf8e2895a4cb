import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startChildren, type Children } from '../src/children.ts'
import { isAlive, until } from './conditions.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-children-'))
  await writeFile(
    join(folder, 'app.mjs'),
    `const [, , how] = process.argv
     process.on('SIGTERM', () => {
       console.log('asked to stop')
       if (how !== 'stubborn') process.exit(0)
     })
     if (how === 'fails') { console.error('no configuration'); process.exit(4) }
     setInterval(() => {}, 1_000)
     console.log('ready, env ' + process.env.SEGUE_TEST)`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const running: Children[] = []
afterEach(async () => {
  for (const children of running.splice(0)) await children.kill()
})

function launch(graceMs: number) {
  const lines: string[] = []
  const children = startChildren({ write: (line) => void lines.push(line), graceMs })
  running.push(children)
  const start = (name: string, how = 'good') =>
    children.start({ name, entry: join(folder, 'app.mjs'), args: [how], env: { SEGUE_TEST: name } })
  return { children, lines, start }
}

test('children have their environment, and their lines their name', async () => {
  const { lines, start } = launch(10_000)
  start('sandbox')
  start('gateway')
  await until('both are ready', () => lines.length === 2)
  expect(lines.toSorted()).toEqual(['[gateway] ready, env gateway', '[sandbox] ready, env sandbox'])
})

test('they stop one by one, the last started first, and nobody calls that a failure', async () => {
  const { children, lines, start } = launch(10_000)
  const started = [start('sandbox'), start('processor'), start('gateway')]
  await until('all are ready', () => lines.length === 3)
  const failure = Promise.race([children.failed, Promise.resolve('none')])
  await Promise.all([children.stop(), children.stop()])
  expect(lines.slice(3)).toEqual([
    '[gateway] asked to stop',
    '[processor] asked to stop',
    '[sandbox] asked to stop',
  ])
  expect(started.every(({ processId }) => !isAlive(processId ?? 0))).toBe(true)
  expect(await failure).toBe('none')
})

test('one that does not stop is ended after its time', async () => {
  const { children, lines, start } = launch(50)
  const stubborn = start('processor', 'stubborn')
  await until('it is ready', () => lines.length === 1)
  await children.stop()
  expect(lines.at(-1)).toBe('[processor] asked to stop')
  expect((await stubborn.ended).signal).toBe('SIGKILL')
})

test('kill ends all at once, also while they are being stopped', async () => {
  const { children, lines, start } = launch(600_000)
  start('processor')
  start('gateway', 'stubborn')
  await until('both are ready', () => lines.length === 2)
  const stopped = children.stop()
  await until('the gateway was asked', () => lines.includes('[gateway] asked to stop'))
  await children.kill()
  await stopped
  expect(lines).not.toContain('[processor] asked to stop')
})

test('a child that ends by itself is reported with its code', async () => {
  const { children, lines, start } = launch(10_000)
  start('sandbox')
  start('processor', 'fails')
  expect(await children.failed).toBe('processor ended with code 4; its last lines above say why')
  expect(lines).toContain('[processor] no configuration')
})

test('none outlives a launcher that was killed with -9', async () => {
  const source = `
    import { startChildren } from ${JSON.stringify(new URL('../src/children.ts', import.meta.url).href)}
    const children = startChildren({ write: () => {}, graceMs: 1_000 })
    const entry = ${JSON.stringify(join(folder, 'app.mjs'))}
    const child = children.start({ name: 'app', entry, args: ['good'], env: {} })
    console.log(child.processId)`
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(launcher.stdout, 'data')) as [Buffer]
  const processId = Number(String(text))
  expect(isAlive(processId)).toBe(true)
  launcher.kill('SIGKILL')
  await until('the child is gone', () => !isAlive(processId))
})

test('the first signal asks, the second tells', async () => {
  const source = `
    import { onInterrupt } from ${JSON.stringify(new URL('../src/interrupt.ts', import.meta.url).href)}
    onInterrupt({
      onFirst: () => console.log('stopping'),
      onSecond: () => { console.log('ending'); process.exit(130) },
    })
    setInterval(() => {}, 1_000)
    console.log('up')`
  const program = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  program.stdout.setEncoding('utf8').on('data', (text: string) => void (output += text))
  await until('it is up', () => output === 'up\n')
  program.kill('SIGINT')
  await until('it was asked', () => output === 'up\nstopping\n')
  const exited = once(program, 'exit')
  program.kill('SIGTERM')
  expect((await exited)[0]).toBe(130)
  expect(output).toBe('up\nstopping\nending\n')
})
