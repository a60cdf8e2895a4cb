import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { replayLines } from '@segue/oracle'
import { schema } from '@segue/redis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { namespaces } from '../src/launch/run.ts'
import { sampleDefaults } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { restoreDataset, type Dataset } from './fixtures/dataset.ts'
import { updateLine, type TestPerson } from './people.ts'
import { eventually, limits, membersExpected, resumeSystem } from './system.ts'

vi.setConfig(limits)

const solutions = Object.keys(namespaces) as (keyof typeof namespaces)[]

/** What a system of schema 1 left behind when its processor was killed in the middle of everything. */
interface Left extends Dataset {
  readonly about: {
    readonly baseTimeMs: number
    /** Whose membership waits in a bucket, who asked to be erased, and who came and went within the delay. */
    readonly people: readonly [TestPerson, TestPerson, TestPerson]
    readonly waiting: string
    readonly first: string
    readonly flows: Readonly<Record<'sample' | 'later' | 'waiting', string>>
  }
  readonly sandbox: object
}

/** Of the system that left it. */
const sample = { ...sampleDefaults, seed: 31, profiles: 24, updates: 140, segments: 4 }
const token = 'segue_a-token-of-this-test'

function readLeft(): Left {
  const packed = readFileSync(new URL('fixtures/schema-1.json.gz', import.meta.url))
  const hash = createHash('sha256').update(token).digest('hex')
  return JSON.parse(gunzipSync(packed).toString().replaceAll('$TOKEN', hash)) as Left
}

/** All that was streamed to the system that left this, but for the one who is to be forgotten. */
function linesOf({ about }: Left): readonly string[] {
  const { baseTimeMs, people, waiting, first } = about
  const [waits, , quick] = people
  const later = { ...sampleDefaults, seed: 32, profiles: 10, updates: 30, segments: 1 }
  const realized = { status: 'realized', atMs: baseTimeMs } as const
  const exited = { status: 'exited', atMs: baseTimeMs + 1 } as const
  return [
    ...sampleLines({ ...sample, baseTimeMs }),
    ...sampleLines({ ...later, baseTimeMs }),
    updateLine(waits, { segments: { [waiting]: realized } }),
    updateLine(quick, { segments: { [first]: realized } }),
    updateLine(quick, { segments: { [first]: exited } }),
  ]
}

test('what an older release left in the middle of everything is finished by this one, while updates come and one processor after the other is replaced', async () => {
  const left = readLeft()
  const { flows, people, waiting } = left.about
  const system = await resumeSystem(
    {
      sandboxState: left.sandbox,
      adminToken: token,
      adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    },
    flows,
    (client) => restoreDataset(client, left),
  )
  onTestFinished(system.stop)
  const { client } = system.parts.redis
  expect(await client.hget('{segue}:schema', 'written')).toBe(String(schema.version))

  // The same people go on where they left off.
  const more = [...sampleLines({ ...sample, baseTimeMs: Date.now() })]
  const old = [system.processor, await system.parts.startProcessor('second')]
  let at = 0
  const streamSome = async (): Promise<void> => {
    await system.stream(more.slice(at, (at += 25)))
  }
  for (const [index, part] of old.entries()) {
    await system.parts.startProcessor(`new-${index}`)
    await streamSome()
    const [{ code }] = await Promise.all([part.stop(), streamSome()])
    expect(code).toBe(0)
  }
  await system.stream(more.slice(at))

  await eventually('the erasure is done', async () => {
    const { requests } = await system.get<{ readonly requests: readonly { state: string }[] }>(
      '/v1/privacy-requests',
    )
    return requests.length === 1 && requests.every(({ state }) => state === 'done')
  })
  await system.untilIdle()
  const said = await replayLines([...linesOf(left), ...more], { endMs: Date.now() })
  const held = await system.members()
  const expected = membersExpected(said.members, solutions)
  for (const solution of solutions) {
    // This one went to two of them alone.
    const { [waiting]: waits, ...others } = expected[solution] ?? {}
    const { [waiting]: holds, ...rest } = held[solution] ?? {}
    expect([solution, rest]).toEqual([solution, others])
    expect(holds).toEqual(['marketo', 'audience-manager'].includes(solution) ? waits : undefined)
  }
  expect(JSON.stringify(held)).not.toContain(people[1].lead.ecid)
  expect(await system.imbalances()).toEqual([])
  const { books, partitions } = await system.status()
  for (const bySolution of Object.values(books)) {
    for (const { pending, failed } of Object.values(bySolution)) {
      expect([pending, failed]).toEqual([0, {}])
    }
  }
  const owners = partitions.map(({ owner }) => owner)
  expect(owners.filter((owner) => owner?.startsWith('new-') !== true)).toEqual([])
})
