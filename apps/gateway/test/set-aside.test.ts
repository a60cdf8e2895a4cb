import { packBatch } from '@segue/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setAside } from './set-aside.ts'
import { logRecords, startGateway, type TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let headers: Record<string, string>
beforeAll(async () => {
  gateway = await startGateway()
  headers = await gateway.headers('data-monitoring', 'manage-profiles')
})
afterAll(() => gateway?.close())

const partition = 2
const atMs = 1_795_428_000_000

async function listed(): Promise<{ place: string }[]> {
  const answer = await gateway.server.inject({ url: '/v1/set-aside', headers })
  expect(answer.statusCode).toBe(200)
  const { setAside: held }: { setAside: { place: string }[] } = answer.json()
  return held.toSorted((one, other) => (one.place < other.place ? -1 : 1))
}

async function end(place: string, action: 'replay' | 'discard'): Promise<[number, unknown]> {
  const payload = { partition, place, action }
  const answer = await gateway.server.inject({
    method: 'POST',
    url: '/v1/set-aside',
    headers,
    payload,
  })
  const code: unknown = answer.body === '' ? undefined : answer.json()['code']
  return [answer.statusCode, code]
}

test('what is set aside is listed, stepped again where it can be read, or discarded', async () => {
  const damaged = `${atMs}-0|LOG_ENTRY_UNREADABLE`
  const whole = `${atMs}-1|PROFILE_UNREADABLE`
  const batch = packBatch({ segments: [], records: [[2, 'crm:1']] })
  await setAside(gateway.sandbox, partition, { [damaged]: Buffer.from('damaged'), [whole]: batch })
  expect(await listed()).toEqual([
    {
      partition,
      place: damaged,
      code: 'LOG_ENTRY_UNREADABLE',
      detail: 'why',
      bytes: 7,
      at: new Date(atMs).toISOString(),
    },
    expect.objectContaining({ place: whole, code: 'PROFILE_UNREADABLE' }),
  ])
  expect(await end(damaged, 'replay')).toEqual([409, 'SET_ASIDE_UNREADABLE'])
  expect(await listed()).toHaveLength(2)
  expect(await end(whole, 'replay')).toEqual([204, undefined])
  expect(await end(whole, 'replay')).toEqual([404, 'SET_ASIDE_UNKNOWN'])
  expect(await logRecords(gateway.sandbox)).toEqual([
    { partition, record: [2, 'crm:1'], segments: [] },
  ])
  const status = await gateway.server.inject({ url: '/v1/status', headers })
  const { partitions }: { partitions: { setAside: number; lag: number }[] } = status.json()
  expect(partitions[partition]).toMatchObject({ setAside: 1, lag: 1 })
  expect(await end(damaged, 'discard')).toEqual([204, undefined])
  expect(await listed()).toEqual([])
})
