import { Queue } from 'bullmq'
import { queuePrefix } from '@segue/redis'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './test-gateway.ts'
import type { TestGateway } from './test-gateway.ts'

let gateway: TestGateway
let queue: Queue
beforeAll(async () => {
  gateway = await startGateway()
  queue = new Queue('activation', {
    connection: gateway.redis,
    prefix: queuePrefix(gateway.sandbox.name, 'activation'),
  })
  await queue.add('bucket', { partition: 3, rows: 7 }, { delay: 3_600_000, jobId: 'p03-1-1' })
})
afterAll(async () => {
  await queue.close()
  await gateway.close()
})

function ask(
  { method, url }: { readonly method: 'GET' | 'PUT'; readonly url: string },
  headers: Record<string, string>,
): Promise<LightMyRequestResponse> {
  return gateway.server.inject({ method, url, headers })
}

test('Bull Board lists the queues of the sandbox, with jobs that a person can read', async () => {
  const headers = await gateway.headers('view-queues')
  const name = `${gateway.sandbox.name}.activation`
  const url = `/queues/api/queues?activeQueue=${name}&status=delayed&page=1&jobsPerPage=10`
  const { queues } = (await ask({ method: 'GET', url }, headers)).json()
  const names = queues.map((one: { name: string }) => one.name)
  for (const queueName of ['activation', 'solution-audience-manager', 'solution-marketo']) {
    expect(names).toContain(`${gateway.sandbox.name}.${queueName}`)
  }
  expect(queues.find((one: { name: string }) => one.name === name)).toMatchObject({
    counts: { delayed: 1 },
    readOnlyMode: true,
    jobs: [{ id: 'p03-1-1', data: { partition: 3, rows: 7 } }],
  })
})

test('who may only read sees a board that only reads, who may write one that writes', async () => {
  const clean = {
    method: 'PUT' as const,
    url: `/queues/api/queues/${gateway.sandbox.name}.activation/pause`,
  }
  const reader = await gateway.headers('view-queues')
  expect((await ask(clean, reader)).json()).toMatchObject({
    code: 'PERMISSION_MISSING',
    permission: 'manage-queues',
  })
  const writer = await gateway.headers('view-queues', 'manage-queues')
  const { queues } = (await ask({ method: 'GET', url: '/queues/api/queues' }, writer)).json()
  expect(queues[0]).toMatchObject({ readOnlyMode: false })
  expect((await ask(clean, writer)).statusCode).toBe(200)
  expect(await queue.isPaused()).toBe(true)
  await queue.resume()
})

test("the board's pages load nothing from elsewhere", async () => {
  const answer = await ask({ method: 'GET', url: '/queues' }, await gateway.headers('view-queues'))
  expect(answer.statusCode).toBe(200)
  expect(answer.payload).toContain('<title>Segue</title>')
  expect(answer.headers['content-security-policy']).toContain("default-src 'self'")
})

const seen = async (headers: Record<string, string>): Promise<Map<string, boolean>> => {
  const { queues } = (await ask({ method: 'GET', url: '/queues/api/queues' }, headers)).json()
  return new Map(
    queues.map((one: { name: string; readOnlyMode: boolean }) => [one.name, one.readOnlyMode]),
  )
}

const pause = async (name: string, headers: Record<string, string>): Promise<number> => {
  const url = `/queues/api/queues/${name}.activation/pause`
  return (await ask({ method: 'PUT', url }, headers)).statusCode
}

test('one sees the queues of the sandboxes in which one may, and changes those where one may', async () => {
  const admin = await gateway.headers('admin')
  const [here, there] = [gateway.name, gateway.name.slice(0, 20)]
  const create = (payload: object): Promise<LightMyRequestResponse> =>
    gateway.server.inject({ method: 'POST', url: '/v1/roles', headers: admin, payload })
  const views = { name: 'views', description: '', permissions: ['view-queues'] }
  await create({ ...views, sandboxes: [here] })
  const manages = ['view-queues', 'manage-queues']
  await create({ ...views, name: 'manages', permissions: manages, sandboxes: [there] })

  const viewer = await gateway.headersOf('views')
  const names = [...(await seen(viewer)).keys()]
  expect(names).toContain(`${here}.activation`)
  expect(names.filter((name) => !name.startsWith(`${here}.`))).toEqual([])
  const both = await gateway.headersOf('views', 'manages')
  const all = await seen(both)
  expect([all.get(`${here}.activation`), all.get(`${there}.activation`)]).toEqual([true, false])

  expect(await pause(here, await gateway.headersOf('manages'))).toBe(404)
  expect(await pause(here, both)).toBe(405)
  expect(await queue.isPaused()).toBe(false)
  expect(await pause(there, both)).toBe(200)
})
