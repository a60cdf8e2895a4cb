import { expect, test } from 'vitest'
import { at, until } from './started.ts'
import { uploading } from './uploader.ts'

const users = Array.from({ length: 2000 }, (_, index) =>
  String(index).padStart(4, '0').padStart(38, '1'),
)
const waiting = { audienceManager: { fileLagMs: 86_400_000 }, frozenClock: true }

/** Uploads a file that sets the trait for all, then one that takes it away, and counts who has it after both. */
async function leftAfter(seed: number, filesAtOnce: number): Promise<number> {
  const audienceManager = { ...waiting.audienceManager, filesAtOnce }
  const { sids, upload, membersOf, control, close } = await uploading(
    { ...waiting, audienceManager, seed },
    1,
  )
  const [sid = ''] = sids
  const rows = (entry: string): string => users.map((id) => `${id}\t${entry}=${sid}\n`).join('')
  await upload('ftp_dpm_29770_29769_1716200000.sync', rows('d_sid'))
  await upload('ftp_dpm_29770_29769_1716200001.sync', rows('d_unsid'))
  await control('POST', '/control/process')
  const members = at(await membersOf(sid), 'members')
  await close()
  return Array.isArray(members) ? members.length : -1
}

test('files that wait together are taken in an order of their own, the same for the same seed', async () => {
  const left = new Set<number>()
  for (const seed of [1, 2, 3, 4, 5, 6]) left.add(await leftAfter(seed, 1))
  expect([...left].toSorted((a, b) => a - b)).toEqual([0, users.length])
  expect(await leftAfter(3, 1)).toBe(await leftAfter(3, 1))
})

test('rows of files that are processed at once are mixed, the same for the same seed', async () => {
  const left: number[] = []
  for (const seed of [1, 2, 3, 4]) left.push(await leftAfter(seed, 3))
  expect(left.some((count) => count > 0 && count < users.length)).toBe(true)
  expect(await leftAfter(1, 3)).toBe(left[0])
})

test('a file that is processed before the next is uploaded is never undone by it being older', async () => {
  const { sids, upload, membersOf, control } = await uploading(waiting, 1)
  const [sid = ''] = sids
  await upload('ftp_dpm_29770_29769_1716200000.sync', `${users[0]}\td_sid=${sid}\n`)
  await control('POST', '/control/process')
  await upload('ftp_dpm_29770_29769_1716200001.sync', `${users[0]}\td_unsid=${sid}\n`)
  await control('POST', '/control/process')
  expect(await membersOf(sid)).toMatchObject({ members: [] })
})

test('rows of one file that contradict each other end either way', async () => {
  const { sids, upload, membersOf, control } = await uploading(waiting, 1)
  const [sid = ''] = sids
  const lines = users.slice(0, 200).map((id) => `${id}\td_sid=${sid}\n${id}\td_unsid=${sid}\n`)
  await upload('ftp_dpm_29770_29769_1716200000.sync', lines.join(''))
  await control('POST', '/control/process')
  const members = at(await membersOf(sid), 'members')
  expect(members).not.toHaveLength(0)
  expect(members).not.toHaveLength(200)
})

test('a file is processed within its lag, and another upload to its key replaces it until then', async () => {
  const { sids, upload, membersOf, control } = await uploading(waiting, 1)
  const [sid = ''] = sids
  await upload('ftp_dpm_29770_29769_1716200000.sync', `${users[0]}\td_sid=${sid}\n`)
  await upload('ftp_dpm_29770_29769_1716200000.sync', `${users[1]}\td_sid=${sid}\n`)
  await control('POST', '/control/clock', { advanceMs: 86_400_000 / 2 - 1 })
  expect(await control('GET', '/control/idle')).toMatchObject({
    idle: false,
    pending: { 'audience-manager': 1 },
  })
  await control('POST', '/control/clock', { advanceMs: 86_400_000 / 2 + 1 })
  await until(async () => at(await control('GET', '/control/idle'), 'idle') === true)
  expect(await membersOf(sid)).toMatchObject({ members: [`ECID:${users[1]}`] })
})

test('the population report lags a day behind what is applied', async () => {
  const { sids, upload, rest, control } = await uploading(
    { frozenClock: true, audienceManager: { populationLagMs: 86_400_000 } },
    1,
  )
  const [sid = ''] = sids
  const read = async (): Promise<unknown> =>
    (await rest('GET', `/v1/traits/${sid}/population`)).json()
  await upload('ftp_dpm_29770_29769_1716200000.sync', `${users[0]}\td_sid=${sid}\n`)
  await control('POST', '/control/process')
  expect(await read()).toEqual({ sid: Number(sid), total: 0, dataSources: [] })
  await control('POST', '/control/clock', { advanceMs: 86_400_000 })
  expect(await read()).toEqual({
    sid: Number(sid),
    total: 1,
    dataSources: [{ dataSourceId: 29_770, count: 1, ids: [users[0]] }],
  })
})

test('a trait with a time to live loses those who were not set again in time', async () => {
  const { rest, upload, membersOf, control } = await uploading({ frozenClock: true }, 0)
  const created = await rest('POST', '/v1/traits/', {
    name: 'Short',
    traitType: 'ON_BOARDED_TRAIT',
    dataSourceId: 29_769,
    folderId: 123,
    ttl: 2,
  })
  const sid = String(at(created.json(), 'sid'))
  const set = async (second: number, ids: readonly (string | undefined)[]): Promise<void> => {
    await upload(
      `ftp_dpm_29770_29769_171620000${second}.sync`,
      ids.map((id) => `${id}\td_sid=${sid}\n`).join(''),
    )
    await control('POST', '/control/process')
  }
  await set(0, [users[0], users[1]])
  await control('POST', '/control/clock', { advanceMs: 86_400_000 })
  await set(1, [users[1]])
  await control('POST', '/control/clock', { advanceMs: 86_400_000 })
  expect(await membersOf(sid)).toMatchObject({ members: [`ECID:${users[1]}`] })
})
