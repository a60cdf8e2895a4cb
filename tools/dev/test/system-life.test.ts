import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, test, vi } from 'vitest'
import { solutions as allSolutions } from '../src/launch/run.ts'
import { sampleDefaults } from '../src/sample/sample-options.ts'
import { sampleLines } from '../src/sample/sample.ts'
import { sampleSegments } from '../src/sample/segments.ts'
import { replayLines } from '@segue/oracle'
import { newPerson, updateLine, type TestPerson } from './people.ts'
import { expectHeldAsReplayed, knowPeopleOf } from './replayed.ts'
import { eventually, limits, patienceMs, startSystem, type System } from './system.ts'

vi.setConfig(limits)

const solutions = ['audience-manager', 'marketo']
/** Segments of each test's own dataflow. */
const segments = {
  'net-zero': randomUUID(),
  'no-delay': randomUUID(),
  expiry: randomUUID(),
  consent: randomUUID(),
  identity: randomUUID(),
  waiting: randomUUID(),
}
const netZeroDelayMs = 4_000
const sample = { ...sampleDefaults, seed: 11, profiles: 120, updates: 600, segments: 6 }
let system: System

beforeAll(async () => {
  system = await startSystem({
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    dataflows: {
      'net-zero': { segments: [segments['net-zero']], activationDelayMs: netZeroDelayMs },
      'no-delay': { segments: [segments['no-delay']], activationDelayMs: 0 },
      expiry: { segments: [segments.expiry], activationDelayMs: 0 },
      consent: { segments: [segments.consent], activationDelayMs: 200 },
      identity: { segments: [segments.identity], activationDelayMs: 200 },
      waiting: { segments: [segments.waiting], activationDelayMs: 3_600_000 },
      sample: {
        segments: sampleSegments(sample.seed, sample.segments).map(
          ({ namespace, id }) => `${namespace}:${id}`,
        ),
        activationDelayMs: 300,
      },
    },
  })
})
afterAll(() => system?.stop())

/** Who of the solutions holds an identity in a segment. */
async function holders(segment: string, identity: string): Promise<readonly string[]> {
  const members = await system.members()
  return solutions.filter((solution) => members[solution]?.[segment]?.includes(identity))
}

const patience = { timeout: patienceMs, interval: 50 }

test.concurrent('what is realized and exited within the delay reaches no solution', async ({
  expect,
}) => {
  const segment = segments['net-zero']
  // Where the machine is so slow that the delay is over before the exit is said, it is tried again with somebody else.
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const [person, other] = [newPerson(), newPerson()]
    const [leadId] = await system.know([person.lead, other.lead])
    const atMs = Date.now()
    const realized = { status: 'realized', atMs } as const
    await system.stream([updateLine(person, { segments: { [segment]: realized } })])
    // Had it no delay, it would be there before what is said without a delay after it.
    await system.stream([updateLine(other, { segments: { [segments['no-delay']]: realized } })])
    await expect.poll(() => holders(segments['no-delay'], other.ecid), patience).toEqual(solutions)
    const exited = { status: 'exited', atMs: Date.now() } as const
    await system.stream([updateLine(person, { segments: { [segment]: exited } })])
    if (Date.now() >= atMs + netZeroDelayMs) continue

    await eventually('both changes are settled', async () => {
      const books = (await system.status()).books['net-zero']
      return solutions.every((name) => books?.[name]?.pending === 0)
    })
    const touched = (await system.journal('marketo')).flatMap(({ rows }) => rows ?? [])
    expect(touched).not.toContain(leadId)
    const told = await system.get<Told>(`/v1/profiles/${person.ecid.replace(':', '/')}`)
    const sent = Object.values(told.dataflows[system.flow('net-zero')] ?? {}).flatMap(
      (one) => one.sent,
    )
    expect(sent.filter(({ status }) => status !== 'none')).toEqual([])
    return
  }
  throw new Error('in no try was the exit said within the delay')
})

test.concurrent('a membership ends at its second with no new update', async ({ expect }) => {
  // Where the machine is so slow that the membership ends before it arrives, the next try gives it more time.
  for (const aheadMs of [1_500, 3_000, 6_000, 12_000]) {
    const person = newPerson()
    const [leadId] = await system.know([person.lead])
    const untilMs = Date.now() + aheadMs
    const membership = { status: 'realized', atMs: Date.now(), untilMs } as const
    await system.stream([updateLine(person, { segments: { [segments.expiry]: membership } })])
    let arrived = false
    await eventually('it arrives or is over', async () => {
      arrived = (await holders(segments.expiry, person.ecid)).length === solutions.length
      return arrived || Date.now() >= untilMs
    })
    if (!arrived) continue

    await expect.poll(() => holders(segments.expiry, person.ecid), patience).toEqual([])
    const removals = (await system.journal('marketo', 'lists.remove')).filter(({ rows }) =>
      rows?.includes(leadId ?? 0),
    )
    expect(removals).toHaveLength(1)
    expect(removals[0]?.atMs).toBeGreaterThanOrEqual(untilMs)
    for (const solution of solutions) {
      const told = await untilToldOfExit(person, 'expiry', solution)
      expect(Date.parse(told.sentAt)).toBeGreaterThanOrEqual(untilMs)
    }
    return
  }
  throw new Error('in no try did the membership arrive before its end')
})

/** What solutions were told of a profile, by dataflow. */
interface Told {
  readonly dataflows: Readonly<
    Record<string, Readonly<Record<string, { readonly sent: readonly ToldMembership[] }>>>
  >
}

interface ToldMembership {
  readonly status: string
  readonly sentAt: string
}

/** Waits until the ledger holds that the solution knows of the exit from the dataflow's one segment. */
async function untilToldOfExit(
  person: TestPerson,
  dataflow: string,
  solution: string,
): Promise<ToldMembership> {
  let told: ToldMembership | undefined
  await eventually(`${solution} acknowledges the exit`, async () => {
    const { dataflows } = await system.get<Told>(`/v1/profiles/${person.ecid.replace(':', '/')}`)
    told = dataflows[system.flow(dataflow)]?.[solution]?.sent[0]
    return told?.status === 'exited'
  })
  if (told === undefined) throw new Error('nothing was told')
  return told
}

test.concurrent('who withdraws consent leaves every solution, and comes back with it', async ({
  expect,
}) => {
  const person = newPerson()
  await system.know([person.lead])
  const membership = { [segments.consent]: { status: 'realized', atMs: Date.now() } } as const
  await system.stream([updateLine(person, { segments: membership })])
  await expect.poll(() => holders(segments.consent, person.ecid), patience).toEqual(solutions)
  await system.stream([updateLine(person, { consent: 'n' })])
  await expect.poll(() => holders(segments.consent, person.ecid), patience).toEqual([])
  await system.stream([updateLine(person, { consent: 'y' })])
  await expect.poll(() => holders(segments.consent, person.ecid), patience).toEqual(solutions)
})

test.concurrent('an identity that is added later is sent too', async ({ expect }) => {
  const person = newPerson()
  // Two people to Marketo, until something says that they are one.
  const { ecid, emailSHA256 } = person.lead
  await system.know([{ ecid }, { emailSHA256 }])
  const membership = { [segments.identity]: { status: 'realized', atMs: Date.now() } } as const
  await system.stream([updateLine(person, { segments: membership, withEmail: false })])
  await expect.poll(() => holders(segments.identity, person.ecid), patience).toEqual(solutions)
  expect(await holders(segments.identity, person.email)).toEqual([])
  await system.stream([updateLine(person, {})])
  await expect.poll(() => holders(segments.identity, person.email), patience).toEqual(solutions)
  expect(await holders(segments.identity, person.ecid)).toEqual(solutions)
})

test('each garbage line is answered with its index and a code, and touches nothing else', async ({
  expect,
}) => {
  const lines = [...sampleLines({ ...sample, garbageShare: 0.25, baseTimeMs: Date.now() })]
  const said = await replayLines(lines, { endMs: Date.now() })
  expect(said.rejected.length).toBeGreaterThan(100)
  await knowPeopleOf(system, lines)
  const { status, body } = await system.post(lines)
  expect(status).toBe(202)
  expect(body.rejected.map(({ index }) => index + 1)).toEqual(said.rejected.map(({ line }) => line))
  expect(body.rejected.filter(({ code }) => !/^[A-Z][A-Z0-9_]+$/.test(code))).toEqual([])
  expect(body.accepted).toBe(said.accepted.length)

  await expectHeldAsReplayed(system, lines, 'sample')
})

test('an idle system asks Redis for next to nothing', async ({ expect }) => {
  await system.untilIdle()
  const { client } = system.parts.redis
  const commands = async (): Promise<number> =>
    Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1])
  const seconds = async (): Promise<number> => {
    const [whole = 0, micros = 0] = (await client.time()).map(Number)
    return whole + micros / 1e6
  }
  const ownBetween = 3
  const since = await seconds()
  const before = await commands()
  // Redis itself keeps the time: nothing is ever pushed to this list.
  await client.blpop('system-test:nothing', 4)
  const after = await commands()
  const passed = (await seconds()) - since
  const processes = 2
  expect((after - before - ownBetween) / passed / processes).toBeLessThan(20)
})

test('the board lists the queues and their jobs without an identity, and asks for a token', async ({
  expect,
}) => {
  const { url, token } = system.gateway
  const person = newPerson()
  const membership = { [segments.waiting]: { status: 'realized', atMs: Date.now() } } as const
  await system.stream([updateLine(person, { segments: membership })])

  interface Board {
    readonly queues: readonly { readonly name: string; readonly jobs: readonly object[] }[]
  }
  const board = (): Promise<Board> =>
    system.get(
      '/queues/api/queues?activeQueue=prod.activation&status=delayed&page=1&jobsPerPage=10',
    )
  await eventually('the job that waits is shown', async () =>
    (await board()).queues.some(({ jobs }) => jobs.length > 0),
  )
  const { queues } = await board()
  const names = queues.map(({ name }) => name).toSorted()
  expect(names).toEqual([
    'prod.activation',
    'prod.alerts',
    'prod.backfill',
    'prod.erasure',
    ...allSolutions.map((solution) => `prod.solution-${solution}`).toSorted(),
    'prod.upkeep',
  ])
  const shown = JSON.stringify(queues)
  expect(shown).toContain(`"dataflow":"${system.flow('waiting')}"`)
  expect(shown).not.toContain(person.lead.ecid)
  expect(shown).not.toContain(person.lead.emailSHA256)

  for (const path of ['/queues', '/queues/api/queues', '/queues/static/js/main.js']) {
    expect((await fetch(`${url}${path}`)).status).toBe(401)
    const wrong = { authorization: `Bearer ${token}x` }
    expect((await fetch(`${url}${path}`, { headers: wrong })).status).toBe(401)
  }
})
