import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { standGuard } from '../src/guard.ts'
import { isAlive, until } from './conditions.ts'

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['600'], { detached: true })
  started.push(child)
  if (child.pid === undefined) throw new Error('sleep did not start')
  return Object.assign(child, { pid: child.pid })
}

test('a dismissed guard goes and leaves alone what it guarded', async () => {
  const guarded = sleeper()
  const guard = standGuard(guarded.pid)
  expect(guard.processId).toBeTypeOf('number')
  guard.dismiss()
  guard.dismiss()
  await until('the guard is gone', () => !isAlive(guard.processId ?? 0))
  expect(isAlive(guarded.pid)).toBe(true)
})

test('a guard ends the whole process group when its own parent is killed', async () => {
  const guarded = sleeper()
  const source = `
    import { standGuard } from ${JSON.stringify(new URL('../src/guard.ts', import.meta.url).href)}
    standGuard(${-guarded.pid})
    process.stdin.resume()
    console.log('standing')`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  started.push(parent)
  await once(parent.stdout, 'data')
  const gone = once(guarded, 'exit')
  parent.kill('SIGKILL')
  expect((await gone)[1]).toBe('SIGTERM')
})
