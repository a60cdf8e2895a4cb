import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { exchange } from './exchange.ts'
import { at, form, started, textAt } from './started.ts'
import { uploading } from './uploader.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'segue-sandbox-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Starts the process and answers it with its first line. */
async function run(...args: string[]): Promise<{ child: ChildProcess; ready: unknown }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, ready: JSON.parse(String(line)) }
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the process says that it is ready, and ends well on %s with a hung request open',
  async (signal) => {
    const { child, ready } = await run()
    expect(ready).toMatchObject({
      ready: true,
      control: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      marketo: { url: expect.any(String), identityUrl: expect.stringMatching(/\/identity$/) },
      audienceManager: {
        dcsHost: 'acme.demdex.net',
        s3: { directory: 'acme' },
        dataSources: { gaid: 20_914 },
      },
    })
    const hung = exchange(textAt(ready, 'audienceManager', 'dcsUrl'), '/event', {
      headers: { host: 'acme.demdex.net', 'x-sandbox-fault': 'hang' },
    }).catch((error: unknown) => error)
    const control = textAt(ready, 'control')
    for (;;) {
      const requests = (await exchange(control, '/control/requests')).json()
      if (at(requests, 'requests', 0) !== undefined) break
    }
    const ended = once(child, 'exit')
    child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(await hung).toMatchObject({ code: 'ECONNRESET' })
  },
)

test('with its parent gone it ends by itself', async () => {
  const child = spawn(process.execPath, [main, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(createInterface({ input: child.stdout }), 'line')
  const ended = once(child, 'exit')
  // What the system does with a pipe when the process at its other end dies.
  child.stdin.destroy()
  expect(await ended).toEqual([0, null])
})

test('what the servers hold survives a restart', async () => {
  const file = join(folder(), 'state.json')
  const settings = { preset: 'loose', audienceManager: { fileLagMs: 86_400_000 } }
  const first = await started(settings, file)
  await first.control('POST', '/control/seed', {
    marketo: [{ email: 'a@b.c', ecid: '1' }, { email: 'd@e.f' }],
  })
  const create = { headers: form, body: 'folder={"id":1034,"type":"Folder"}&name=L' }
  await first.marketo('POST', '/rest/asset/v1/staticLists.json', create)
  await first.marketo('POST', '/rest/v1/lists/1021/leads.json?id=318581')
  const trait = {
    name: 'T',
    traitType: 'ON_BOARDED_TRAIT',
    dataSourceId: 29_769,
    folderId: 123,
    ttl: 0,
  }
  const sid = textAt((await first.rest('POST', '/v1/traits', trait)).json(), 'sid')
  const ecid = '1'.repeat(38)
  await first.dcs(`/event?d_mid=${ecid}&d_sid=${sid}&d_rtbd=json`)
  await first.dcs(`/demoptout.jpg?d_cid=20915%016D92078A-8246-4BA4-AE5B-76104861E7DC`)
  await first.control('POST', '/control/clock', { advanceMs: 3_600_000 })
  const members = await first.control('GET', '/control/members')
  expect(at(members, 'marketo', '1021', 'members')).toHaveLength(2)
  expect(at(members, 'audience-manager', sid, 'members')).toEqual([`ECID:${ecid}`])
  await first.close()

  const second = await started(settings, file)
  expect(await second.control('GET', '/control/members')).toEqual(members)
  expect(at(await second.control('GET', '/control/clock'), 'offsetMs')).toBe(3_600_000)
  const refused = await second.dcs(
    '/event?d_cid=20915%016D92078A-8246-4BA4-AE5B-76104861E7DC&d_rtbd=json',
  )
  expect(refused.headers['x-error']).toBe('171')
  expect(
    (await second.marketo('POST', '/rest/asset/v1/staticLists.json', create)).json(),
  ).toMatchObject({
    errors: [{ code: '709' }],
  })
  const next = { ...create, body: create.body.replace('name=L', 'name=M') }
  expect(
    (await second.marketo('POST', '/rest/asset/v1/staticLists.json', next)).json(),
  ).toMatchObject({
    result: [{ id: 1022 }],
  })
  const other = await second.rest('POST', '/v1/traits', { ...trait, name: 'U' })
  expect(textAt(other.json(), 'sid')).toBe(String(Number(sid) + 1))
})

test('a file that waits when the sandbox ends is processed by the next one, and receipts are kept', async () => {
  const file = join(folder(), 'state.json')
  const settings = { audienceManager: { fileLagMs: 86_400_000 } }
  const first = await uploading(settings, 1, file)
  const [sid = ''] = first.sids
  const row = `${'1'.repeat(38)}\td_sid=${sid}\n`
  await first.upload('ftp_dpm_29770_29769_1716200000.sync', row)
  await first.control('POST', '/control/process')
  await first.upload('ftp_dpm_29770_29769_1716200001.sync.gz', row.replace('1', '2'))
  await first.close()
  const second = await uploading(settings, 0, file)
  expect(await second.control('GET', '/control/idle')).toMatchObject({
    idle: false,
    pending: { 'audience-manager': 1 },
  })
  await second.control('POST', '/control/process')
  expect(at(await second.membersOf(sid), 'members')).toHaveLength(2)
  expect(await second.receiptOf('ftp_dpm_29770_29769_1716200000.sync')).toMatchObject({
    status: 'processed',
  })
})

test('a killed process has its state of a moment before', async () => {
  const file = join(folder(), 'state.json')
  const { child, ready } = await run('--state', file)
  const control = textAt(ready, 'control')
  await exchange(control, '/control/seed', {
    method: 'POST',
    body: '{"marketo":[{"email":"a@b.c"}]}',
  })
  for (;;) {
    try {
      if (readFileSync(file, 'utf8').includes('a@b.c')) break
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
  }
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  const again = await started({}, file)
  expect(
    await again.control('POST', '/control/seed', { marketo: [{ email: 'a@b.c' }] }),
  ).toMatchObject({ marketo: { created: 0 } })
})

test.each([
  [['--port-base', 'x'], 'SANDBOX_START_FAILED'],
  [['--nope'], 'ERR_PARSE_ARGS_UNKNOWN_OPTION'],
  [['--settings', 'SETTINGS'], 'SANDBOX_SETTINGS_INVALID'],
  [['--state', 'STATE'], 'SANDBOX_STATE_UNREADABLE'],
])('%j ends with a code and says why', async (args, code) => {
  const path = folder()
  writeFileSync(join(path, 'SETTINGS'), '{"marketo":{"callsPerMinute":1}}')
  writeFileSync(join(path, 'STATE'), '{"version":')
  const child = spawn(process.execPath, [main, ...args], {
    cwd: path,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(said).toMatch(new RegExp(`^${code}: `))
})
