import { partitionKeys, permissionRule } from '@segue/redis'
import { moveSlot, slotOf, untilClusterIsWhole } from '@segue/redis/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startPrivateCluster, type PrivateCluster } from '../src/redis/private-cluster.ts'
import { sampleDefaults } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { sampleSegments } from '../src/sample/segments.ts'
import { expectHeldAsReplayed, knowPeopleOf } from './replayed.ts'
import { limits, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const partitionCount = 4
const password = 'of-the-test'
const sample = { ...sampleDefaults, seed: 51, profiles: 200, updates: 1_800, segments: 8 }
let cluster: PrivateCluster
let system: System

beforeAll(async () => {
  system = await startSystem({
    partitionCount,
    startRedis: async (dir) => {
      cluster = await startPrivateCluster(dir, {
        redisSettings: {
          // Nothing acknowledged is lost when a master is killed: what is lost otherwise is Redis' own bound, not ours.
          appendfsync: 'always',
          // Our programs come as somebody who may do no more than they need.
          user: `segue on >${password} ${permissionRule}`,
        },
      })
      return { ...cluster, url: cluster.url.replace('//', `//segue:${password}@`) }
    },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    dataflows: {
      cluster: {
        segments: sampleSegments(sample.seed, sample.segments).map(
          ({ namespace, id }) => `${namespace}:${id}`,
        ),
        activationDelayMs: 300,
      },
    },
  })
  await system.parts.startProcessor('second')
})
afterAll(() => system?.stop())

test('slots move to other masters and a master is killed while updates come: the solutions hold what the updates say', async () => {
  const lines = [...sampleLines({ ...sample, baseTimeMs: Date.now() })]
  await knowPeopleOf(system, lines)
  const { masters } = cluster
  await system.stream(lines.slice(0, 300))
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const slot = await slotOf(masters[0]!, partitionKeys('prod', partition).log)
    const from = 300 + partition * 150
    const some = lines.slice(from, from + 150)
    let answered = 0
    // Updates come and rows are sent while a partition's keys are partly here and partly there.
    await moveSlot(masters, slot, async () => {
      answered = (await system.post(some)).status
    })
    expect([202, 503]).toContain(answered)
    await system.stream(some)
  }

  const [, second] = masters
  const kill = async (): Promise<void> => {
    await second!.kill9()
    await second!.restart()
    await untilClusterIsWhole(second!, masters.length)
  }
  await Promise.all([system.stream(lines.slice(900)), kill()])
  await expectHeldAsReplayed(system, lines, 'cluster')

  for (const { client } of masters) {
    // All three took part, and nothing was forbidden.
    expect(await client.dbsize()).toBeGreaterThan(0)
    expect(await client.call('ACL', 'LOG')).toEqual([])
  }
})
