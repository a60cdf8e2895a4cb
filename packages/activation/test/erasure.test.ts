import { membershipOffset } from '@segue/profile'
import { hashProfileKey, unpackProfile } from '@segue/runtime'
import type { Ports } from '@segue/runtime'
import { expect, test } from 'vitest'
import {
  erasedKey,
  erasureSimulation,
  otherKey,
  type ErasureSimulation,
} from './erasure-simulation.ts'
import { accepted } from './scripted-solution.ts'

/**
 * Two profiles that are told of by two dataflows, of which one is disabled then; one of them with a dead letter and a row that
 * waits, and its erasure asked for.
 */
async function asked(simulation: ErasureSimulation): Promise<string> {
  const { scripted, update, round, disable, erase } = simulation
  scripted.behave = ({ segment, identities }) =>
    segment === 'ups:c' && identities.includes(erasedKey)
      ? { applies: false, answer: { status: 'rejected', kind: 'failed', code: 'NO_SUCH_PERSON' } }
      : undefined
  for (const profileKey of [erasedKey, otherKey]) {
    for (const segment of ['ups:a', 'ups:c', 'ups:d']) await update(profileKey, segment, 'realized')
  }
  for (let rounds = 0; rounds < 15; rounds += 1) await round()
  scripted.behave = () => undefined
  expect(membersOf(simulation, 'ups:a')).toEqual([erasedKey, otherKey])
  expect(membersOf(simulation, 'ups:d')).toEqual([erasedKey, otherKey])
  expect(await simulation.ports.ledger.deadLetters(0, 'eca', 'scripted', 10)).toHaveLength(1)
  await disable('old')
  for (const profileKey of [erasedKey, otherKey]) await update(profileKey, 'ups:b', 'realized')
  return erase()
}

function membersOf({ scripted }: ErasureSimulation, segment: string): string[] {
  const keys = [...(scripted.members.get(segment) ?? [])].filter((key) => key.startsWith('ECID:'))
  return keys.toSorted()
}

/** Nothing of the erased profile is anywhere, everything of the other is where it was, and the books balance. */
async function expectErased(simulation: ErasureSimulation): Promise<void> {
  const { ports, round, traces } = simulation
  expect(await traces()).toEqual([])
  // Its last rows are excluded when their turn comes, and the other's are delivered.
  for (let rounds = 0; rounds < 30; rounds += 1) await round()
  for (const segment of ['ups:a', 'ups:b', 'ups:d']) {
    expect([segment, membersOf(simulation, segment)]).toEqual([segment, [otherKey]])
  }
  expect(await ports.outbox.buckets(0)).toEqual([])
  expect(await traces()).toEqual([])
  const sums = new Map<string, number>()
  for (const [field, number] of await ports.store.books(0)) {
    const outcome = field.split('|')[2] ?? ''
    if (outcome !== 'resent') sums.set(outcome, (sums.get(outcome) ?? 0) + number)
  }
  const { received, pending, ...ended } = Object.fromEntries(sums)
  expect(pending).toBe(0)
  expect(Object.values(ended).reduce((sum, number) => sum + number, 0)).toBe(received)
}

test('a profile leaves all that was ever told of it, and then everything of it is gone', async () => {
  const simulation = await erasureSimulation()
  const id = await asked(simulation)
  await simulation.round({ delivers: false })
  const waiting = await simulation.request(id)
  expect(waiting.others).toEqual(['email_lc_sha256:other-of-the-erased'])
  // The dataflow that is disabled has told of it too.
  expect(waiting.waitingFor.toSorted((one, two) => (one.dataflow < two.dataflow ? -1 : 1))).toEqual(
    [
      { dataflow: 'eca', solution: 'scripted', why: 'MEMBER' },
      { dataflow: 'old', solution: 'scripted', why: 'MEMBER' },
    ],
  )
  for (let rounds = 0; rounds < 40; rounds += 1) await simulation.round({ delivers: false })
  expect((await simulation.request(id)).acknowledgedMs).toBeUndefined()
  expect(await simulation.traces()).not.toEqual([])

  const done = await simulation.done(id)
  expect(done.proof).toMatchObject({ found: 0, begunAnew: false, otherProfiles: 1 })
  expect(done.proof?.entriesScanned).toBeGreaterThan(5)
  expect(done.deleted).toMatchObject({ ledgerEntries: 2, deadLetters: 1 })
  expect(simulation.tracesFound()).toBe(0)
  expect(done).not.toHaveProperty('profileKey')
  expect(done.hash).toBe(hashProfileKey(await simulation.ports.erasures.salt(), erasedKey))
  const times = [done.requestedMs, done.leavingMs, done.acknowledgedMs, done.deletedMs, done.doneMs]
  expect(times).toEqual(times.toSorted((one, other) => (one ?? 0) - (other ?? 0)))
  await expectErased(simulation)
})

test('rows that wait when the profile is deleted lose its name and are excluded', async () => {
  const simulation = await erasureSimulation()
  await simulation.update(otherKey, 'ups:a', 'realized')
  await simulation.update(erasedKey, 'ups:a', 'realized')
  const id = await simulation.erase()
  // Nobody knows it: there is nothing to wait for, and its rows have not been activated yet.
  for (let rounds = 0; rounds < 4; rounds += 1) await simulation.round()
  const cleaned = await simulation.request(id)
  expect(cleaned.deletedMs).toBeGreaterThan(0)
  expect(cleaned.deleted.outboxRows).toBe(2)
  expect(cleaned.doneMs).toBeUndefined()
  await simulation.done(id)
  expect(await simulation.traces()).toEqual([])
  for (let rounds = 0; rounds < 30; rounds += 1) await simulation.round()
  const books = await simulation.ports.store.books(0)
  expect(books.get('eca|scripted|excluded:PROFILE_ERASED')).toBe(2)
  expect(books.get('eca|scripted|pending')).toBe(0)
  expect(membersOf(simulation, 'ups:a')).toEqual([otherKey])
})

test('an exit that was accepted counts when it is applied', async () => {
  const simulation = await erasureSimulation()
  const id = await asked(simulation)
  simulation.scripted.behave = ({ status }) => (status === 'exited' ? accepted : undefined)
  simulation.scripted.followed = { status: 'waiting', afterMs: 1_000 }
  for (let rounds = 0; rounds < 60; rounds += 1) await simulation.round()
  const waiting = await simulation.request(id)
  expect(new Set(waiting.waitingFor.map(({ why }) => why))).toEqual(new Set(['NOT_APPLIED']))
  expect(waiting.acknowledgedMs).toBeUndefined()
  simulation.scripted.followed = { status: 'applied' }
  await simulation.done(id)
  await expectErased(simulation)
})

test('an exit that failed for good is told once more, until it arrives', async () => {
  const simulation = await erasureSimulation()
  const id = await asked(simulation)
  simulation.scripted.behave = ({ status }) =>
    status === 'exited'
      ? { applies: false, answer: { status: 'rejected', kind: 'failed', code: 'ODD' } }
      : undefined
  for (let rounds = 0; rounds < 30; rounds += 1) await simulation.round()
  expect((await simulation.request(id)).acknowledgedMs).toBeUndefined()
  simulation.scripted.behave = () => undefined
  for (let rounds = 0; rounds < 30; rounds += 1) await simulation.round({ ms: 20_000 })
  const done = await simulation.done(id)
  expect(done.deleted.deadLetters).toBeGreaterThan(1)
  await expectErased(simulation)
})

test('what is older than the request does not bring it back, what is younger begins anew, also with another owner', async () => {
  const simulation = await erasureSimulation()
  const id = await asked(simulation)
  const askedMs = simulation.nowMs()
  // While it is being erased it takes nothing in.
  await simulation.update(erasedKey, 'ups:a', 'realized')
  await simulation.done(id)
  await simulation.takeOver()
  await simulation.update(erasedKey, 'ups:a', 'realized', askedMs - 5_000)
  for (let rounds = 0; rounds < 20; rounds += 1) await simulation.round()
  expect(await simulation.ports.store.load(0, [erasedKey])).toEqual([undefined])
  expect(membersOf(simulation, 'ups:a')).toEqual([otherKey])
  expect((await simulation.ports.store.counters(0)).get('OLDER_THAN_ERASURE')).toBe(1)

  await simulation.update(erasedKey, 'ups:a', 'realized')
  for (let rounds = 0; rounds < 20; rounds += 1) await simulation.round()
  expect(membersOf(simulation, 'ups:a')).toEqual([erasedKey, otherKey])
  expect(await simulation.erase()).not.toBe(id)
})

test('a profile that begins anew before all is cleaned up is told apart from the one that was erased', async () => {
  const simulation = await erasureSimulation()
  const id = await asked(simulation)
  const { round, request, update } = simulation
  while ((await request(id)).deletedMs === undefined) await round({ ms: 200 })
  await update(erasedKey, 'ups:a', 'realized')
  for (let rounds = 0; rounds < 15; rounds += 1) await round()
  const { proof } = await simulation.done(id)
  expect(proof).toMatchObject({ found: 0, begunAnew: true })
  for (let rounds = 0; rounds < 20; rounds += 1) await round()
  const [packed] = await simulation.ports.store.load(0, [erasedKey])
  const profile = unpackProfile(erasedKey, packed!)
  const { segments } = await simulation.ports.store.open(0)
  expect(profile.memberships).toHaveLength(7)
  expect(membershipOffset(profile, segments.indexOf('ups:a'))).toBe(0)
  expect(membersOf(simulation, 'ups:a')).toEqual([erasedKey, otherKey])
  expect(membersOf(simulation, 'ups:d')).toEqual([otherKey])
})

test('no job ever names the profile', async () => {
  const simulation = await erasureSimulation()
  await simulation.done(await asked(simulation))
  expect(simulation.added.length).toBeGreaterThan(10)
  expect(JSON.stringify(simulation.added)).not.toContain('erase-me')
  expect(JSON.stringify(simulation.added)).not.toContain('other-of-the-erased')
})

/** Ports whose calls by erasure jobs are counted, of which one fails: before it does anything, or after. */
function dyingPorts(dies: { readonly at: number; readonly when: 'before' | 'after' } | undefined): {
  readonly wrap: (ports: Ports) => Ports
  readonly calls: () => number
} {
  let calls = 0
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver)
        if (typeof value !== 'function' || name === 'everything') return value
        return async (...args: unknown[]) => {
          const now = dies?.at === calls ? dies.when : undefined
          calls += 1
          if (now === 'before') throw new Error('died')
          const answer: unknown = await value.apply(target, args)
          if (now === 'after') throw new Error('died')
          return answer
        }
      },
    })
  return {
    calls: () => calls,
    wrap: (ports) => ({
      ...ports,
      erasures: dying(ports.erasures),
      log: dying(ports.log),
      outbox: dying(ports.outbox),
      store: dying(ports.store),
    }),
  }
}

test('whoever dies between two steps is followed by somebody who ends it', async () => {
  const whole = dyingPorts(undefined)
  const plain = await erasureSimulation(whole.wrap)
  await plain.done(await asked(plain))
  expect(whole.calls()).toBeGreaterThan(30)
  // Looks at solutions are many and alike: the first of them, and all that comes after the last.
  const steps = Array.from({ length: whole.calls() }, (_, at) => at)
  for (const at of new Set([...steps.slice(0, 12), ...steps.slice(-24)])) {
    for (const when of ['before', 'after'] as const) {
      const simulation = await erasureSimulation(dyingPorts({ at, when }).wrap)
      await simulation.done(await asked(simulation))
      await expectErased(simulation)
    }
  }
})
