import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findOrInstallRedis } from '../src/redis/redis-binary.ts'

/** A machine with nothing on its PATH but what a test puts there. */
let bin: string
const said: string[] = []

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'segue-bin-'))
  said.length = 0
})
afterEach(() => rm(bin, { recursive: true, force: true }))

async function addProgram(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, name), 0o755)
}

const search = (uid = 0) => ({ path: bin, uid, say: (line: string) => void said.push(line) })
const version = (text: string): string => `echo "Redis server v=${text} sha=00000000:0"`
/** A package manager that notes its arguments and puts a server beside itself. */
const installsRedis = `
  here=$(dirname "$0")
  echo "$@" >> "$here/calls"
  printf '#!/bin/sh\\necho Redis server v=7.0.15\\n' > "$here/redis-server"
  chmod +x "$here/redis-server"`
const calls = async (): Promise<string[]> =>
  (await readFile(join(bin, 'calls'), 'utf8')).trimEnd().split('\n')

test('a server on the PATH is taken and nothing is installed', async () => {
  await addProgram('redis-server', version('7.0.15'))
  await addProgram('apt-get', 'exit 1')
  expect(await findOrInstallRedis(search())).toBe(join(bin, 'redis-server'))
  expect(said).toEqual([])
})

test('an old server is refused with its version', async () => {
  await addProgram('redis-server', version('6.0.16'))
  await expect(findOrInstallRedis(search())).rejects.toMatchObject({
    code: 'REDIS_TOO_OLD',
    message: expect.stringContaining('version 6') as string,
  })
})

test('root installs with the package manager that is there, and says so', async () => {
  await addProgram('apt-get', installsRedis)
  expect(await findOrInstallRedis(search())).toBe(join(bin, 'redis-server'))
  expect(await calls()).toEqual(['install -y --no-install-recommends redis-server'])
  expect(said.join()).toContain('apt-get')
})

test('without package lists it updates them and tries once more', async () => {
  await addProgram(
    'apt-get',
    `if [ "$1" = update ]; then echo updated > "$(dirname "$0")/lists"; fi
     if [ ! -e "$(dirname "$0")/lists" ]; then echo "Unable to locate package"; exit 100; fi
     ${installsRedis}`,
  )
  await findOrInstallRedis(search())
  expect(await calls()).toEqual(['update', 'install -y --no-install-recommends redis-server'])
})

test('another user installs through sudo where it asks for no password', async () => {
  await addProgram('apk', installsRedis)
  await addProgram('sudo', 'shift; exec "$@"')
  await addProgram('true', 'exit 0')
  expect(await findOrInstallRedis(search(1000))).toBe(join(bin, 'redis-server'))
  expect(await calls()).toEqual(['add --no-cache redis'])
})

test('where sudo wants a password the command to run is shown', async () => {
  await addProgram('dnf', installsRedis)
  await addProgram('sudo', 'exit 1')
  await expect(findOrInstallRedis(search(1000))).rejects.toMatchObject({
    code: 'REDIS_MISSING',
    exitCode: 3,
    message: expect.stringContaining('sudo dnf install -y redis') as string,
  })
})

test('a failed installation shows what the package manager said', async () => {
  await addProgram('dnf', 'echo "No match for argument: redis"; exit 1')
  await expect(findOrInstallRedis(search())).rejects.toMatchObject({
    code: 'REDIS_INSTALL_FAILED',
    message: expect.stringContaining('No match for argument') as string,
  })
})

test('a bare machine is told what to do', async () => {
  await expect(findOrInstallRedis(search())).rejects.toMatchObject({
    code: 'REDIS_MISSING',
    exitCode: 3,
    message: expect.stringContaining('REDIS_URL') as string,
  })
})
