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
