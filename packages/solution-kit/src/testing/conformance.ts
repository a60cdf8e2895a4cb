import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Identity, Segment } from '@segue/model'
import type { Receipt, SegmentReceipt } from '../receipt.ts'
import type { RemoteObject } from '../remote-object.ts'
import { remoteSegmentId } from '../remote-segment-id.ts'
import type { SolutionEvent } from '../solution-event.ts'
import type { Delivery, Solution } from '../solution.ts'

/** A solution behind its adapter, and a way to see and disturb the solution's side. */
export interface Trial {
  readonly solution: Solution
  /** What the adapter has logged so far. */
  readonly events: readonly SolutionEvent[]
  /** Identities of one of at least a thousand people whom the solution knows; no two people share one. */
  readonly person: (n: number) => readonly Identity[]
  /** Everybody whom the solution holds in the segment, by what it has applied: all their identities. */
  readonly members: (segment: Segment) => Promise<readonly Identity[]>
  /** What the segment's counterpart is called at the solution; undefined where there is none. */
  readonly counterpartName: (segment: Segment) => Promise<string | undefined>
  /**
   * Whether the solution itself shows this object: looked up there, by its name, its number and where it is said to be, and in nothing that the adapter
   * said before.
   */
  readonly shows: (object: RemoteObject) => Promise<boolean>
  /** Lets the solution apply everything that it accepted. */
  readonly settle: () => Promise<void>
  /** Calls of any kind that the solution had so far, and how many of them asked for a token. */
  readonly calls: () => Promise<{ readonly all: number; readonly token: number }>
  /** Rows in the largest call that wrote so far; needed where `maxRowsInCall` is given. */
  readonly largestWrite?: () => Promise<number>
  /** Makes the solution refuse the token that the adapter holds. */
  readonly expireToken: () => Promise<void>
  /** The next call of `deliver` that writes, and every one after it until `clearFaults`, is answered with the code. */
  readonly answerWrites: (code: string) => Promise<void>
  readonly clearFaults: () => Promise<void>
  /** The next call of `deliver` that writes takes effect and is never answered; the adapter's time-out is short. */
  readonly hangNextWrite: () => Promise<void>
  /** What must be in no receipt and no event. */
  readonly secrets: readonly string[]
  readonly close: () => Promise<void>
}

/** What a solution does otherwise than the suite expects. */
export interface ConformanceOptions {
  /** Rows in one call by the solution's own bound; left out where it has none (files). */
  readonly maxRowsInCall?: number
  /** The solution's calls carry no token: each is signed with a key. */
  readonly tokenless?: true
  /** The solution cannot take a counterpart away: `removeSegment` says what remains. */
  readonly keepsCounterparts?: true
  /** Somebody whom the solution does not know and that cannot be told of: excluded with this code. */
  readonly stranger?: { readonly identities: readonly Identity[]; readonly code: string }
  /** Every code that the solution documents for the call that writes, with what it comes to for a row. */
  readonly codes?: readonly DocumentedCode[]
}

/** A code as the sandbox is told to answer it, and the receipt of a row that met it; fields left out are not compared. */
export interface DocumentedCode {
  readonly code: string
  readonly receipt: {
    readonly status: Receipt['status']
    readonly code?: string
    readonly kind?: 'excluded' | 'failed'
    readonly scope?: 'row' | 'solution'
    readonly inDoubt?: boolean
    readonly setting?: string
  }
}

const none = { missing: [], tooMany: [], twice: 0 }

/**
 * What every adapter owes the engine, tested against its solution's server. A test file of an adapter is this call and the adapter's own peculiarities.
 * @param create starts a far end of the test's own with an adapter pointed at it
 */
export function testSolution(
  name: string,
  create: () => Promise<Trial>,
  options: ConformanceOptions,
): void {
  describe(`${name} as a solution`, () => {
    let trial: Trial
    let revisionMs = Date.parse('2026-11-23T10:00:00Z')
    let segments = 0
    /** What full-state rows say: by person, then segment. */
    const told = new Map<number, Map<Segment, Delivery['status']>>()
    /** Everything the adapter has said, for the last test. */
    const said: unknown[] = []

    beforeAll(async () => {
      trial = await create()
    })
    afterAll(() => trial.close())

    /** A segment of the test's own, ready at the solution. */
    async function freshSegment(): Promise<{
      readonly segment: Segment
      readonly remoteId: string
    }> {
      segments += 1
      const segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
      return { segment, remoteId: await ready(segment, `Segment ${segments}`) }
    }

    async function ready(segment: Segment, displayName: string): Promise<string> {
      const receipt = await trial.solution.ensureSegment(segment, displayName)
      said.push(receipt)
      if (receipt.status !== 'ready') throw new Error(`not ready: ${JSON.stringify(receipt)}`)
      return receipt.remoteId
    }

    function row(
      at: { readonly segment: Segment; readonly remoteId: string },
      person: number,
      status: Delivery['status'],
    ): Delivery {
      revisionMs += 1
      const delivery = { ...at, identities: trial.person(person), status, revisionMs }
      if (trial.solution.takes === 'changes') return delivery
      const memberships = told.get(person) ?? new Map<Segment, Delivery['status']>()
      told.set(person, memberships.set(at.segment, status))
      return {
        ...delivery,
        state: Array.from(memberships, ([segment, known]) => ({ segment, status: known })),
      }
    }

    async function deliver(rows: readonly Delivery[]): Promise<readonly Receipt[]> {
      const receipts = await trial.solution.deliver(rows)
      said.push(receipts)
      expect(receipts).toHaveLength(rows.length)
      return receipts
    }

    /** Delivers rows that must arrive, and lets the solution apply them. */
    async function arrive(rows: readonly Delivery[]): Promise<void> {
      const receipts = await deliver(rows)
      expect(receipts.filter((receipt) => receipt.status !== 'delivered')).toEqual([])
      await trial.settle()
    }

    /** How the members differ from these people's identities. */
    async function differences(segment: Segment, people: readonly number[]) {
      const held = await trial.members(segment)
      const expected = people.flatMap((n) => trial.person(n))
      return {
        missing: expected.filter((identity) => !held.includes(identity)),
        tooMany: held.filter((identity) => !expected.includes(identity)),
        twice: held.length - new Set(held).size,
      }
    }

    test('says what the engine needs to know of it', () => {
      const { solution } = trial
      expect(solution.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(solution.namespaces.length).toBeGreaterThan(0)
      expect(solution.maxConcurrentCalls).toBeGreaterThan(0)
      expect(solution.readiness.length).toBeGreaterThan(0)
      for (const { what, withinMs } of solution.readiness) {
        expect(what).not.toBe('')
        expect(withinMs).toBeGreaterThan(0)
      }
      const namespaces = trial.person(0).map((identity) => identity.split(':')[0])
      expect(solution.namespaces).toEqual(expect.arrayContaining(namespaces))
    })

    test('an empty batch is free', async () => {
      const before = await trial.calls()
      expect(await trial.solution.deliver([])).toEqual([])
      expect((await trial.solution.express?.([])) ?? []).toEqual([])
      expect(await trial.calls()).toEqual(before)
    })

    test('an add arrives, a removal takes it away, and nobody else is touched', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized'), row(at, 2, 'realized'), row(at, 3, 'realized')])
      expect(await differences(at.segment, [1, 2, 3])).toEqual(none)
      await arrive([row(at, 2, 'exited')])
      expect(await differences(at.segment, [1, 3])).toEqual(none)
    })

    test('there is one receipt a row, in the order of the rows', async () => {
      const at = await freshSegment()
      const bad = { ...row(at, 1, 'realized'), remoteId: 'no such thing' }
      const rows = [row(at, 1, 'realized'), bad, row(at, 2, 'realized'), bad, bad]
      const receipts = await deliver(rows)
      expect(receipts.map((receipt) => receipt.status)).toEqual([
        'delivered',
        'rejected',
        'delivered',
        'rejected',
        'rejected',
      ])
      await trial.settle()
      expect(await differences(at.segment, [1, 2])).toEqual(none)
    })

    test('a repeat changes nothing and is delivered again', async () => {
      const at = await freshSegment()
      const add = [row(at, 1, 'realized')]
      await arrive(add)
      await arrive(add)
      expect(await differences(at.segment, [1])).toEqual(none)
      const removal = [row(at, 1, 'exited'), row(at, 2, 'exited')]
      await arrive(removal)
      await arrive(removal)
      expect(await differences(at.segment, [])).toEqual(none)
    })

    test('add then remove ends outside, remove then add inside, one after the other', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized')])
      await arrive([row(at, 1, 'exited')])
      await arrive([row(at, 2, 'exited')])
      await arrive([row(at, 2, 'realized')])
      expect(await differences(at.segment, [2])).toEqual(none)
    })

    test('… and in one delivery, where the revision decides, in whatever order the rows stand', async () => {
      const at = await freshSegment()
      const [add1, remove1] = [row(at, 1, 'realized'), row(at, 1, 'exited')]
      const [remove2, add2] = [row(at, 2, 'exited'), row(at, 2, 'realized')]
      await arrive([remove1, add2, add1, remove2])
      expect(await differences(at.segment, [2])).toEqual(none)
    })

    test('a thousand rows all arrive, cut up by what the solution takes in a call', async () => {
      const at = await freshSegment()
      const people = Array.from({ length: 1_000 }, (_, n) => n)
      await arrive(people.map((n) => row(at, n, 'realized')))
      expect(await trial.largestWrite?.()).toBe(options.maxRowsInCall)
      expect(await differences(at.segment, people)).toEqual(none)
    })

    test('a write that is never answered is in doubt, and its repeat ends right', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized')])
      await trial.hangNextWrite()
      const rows = [row(at, 1, 'exited'), row(at, 1, 'exited')]
      for (const receipt of await deliver(rows)) {
        expect(receipt).toMatchObject({ status: 'retry', inDoubt: true, scope: 'row' })
      }
      await trial.settle()
      await arrive([row(at, 1, 'exited'), row(at, 2, 'realized')])
      expect(await differences(at.segment, [2])).toEqual(none)
    })

    const tokenless = options.tokenless === true
    test.skipIf(tokenless)('a token that expired is fetched again once, for all', async () => {
      await freshSegment()
      await trial.expireToken()
      const before = await trial.calls()
      await Promise.all(Array.from({ length: 8 }, () => freshSegment()))
      expect((await trial.calls()).token - before.token).toBe(1)
    })

    test('a segment is made once, also when it is asked for twice at the same time', async () => {
      const segment = 'ups:aaaaaaaa-23c1-4bb3-a495-00d3a5fe1e93'
      const both = await Promise.all([ready(segment, 'Twice'), ready(segment, 'Twice')])
      expect(both[0]).toBe(both[1])
      expect(await ready(segment, 'Twice')).toBe(both[0])
    })

    test.each([
      ['of other scripts', 'Käufer – 忠実な購入者, مشترون | “déjà vu” 😀'],
      ['very long', '長い名前😀'.repeat(200)],
      ['of nothing but blanks', ' \t\n '],
      ['with what breaks queries', 'a&b=c?d#e%20f+g/h\\i"j\'k<l>{m}'],
    ])('a segment’s name may be %s', async (_what, displayName) => {
      segments += 1
      const segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
      const remoteId = await ready(segment, displayName)
      expect(await ready(segment, displayName)).toBe(remoteId)
      await arrive([row({ segment, remoteId }, 1, 'realized')])
      expect(await differences(segment, [1])).toEqual(none)
    })

    test('two segments of one name stay two', async () => {
      const one = 'ups:bbbbbbbb-23c1-4bb3-a495-00d3a5fe1e93'
      const other = 'CustomerAudienceUpload:bbbbbbbb-23c1-4bb3-a495-00d3a5fe1e93'
      const remoteIds = [await ready(one, 'Same name'), await ready(other, 'Same name')]
      expect(new Set(remoteIds).size).toBe(2)
      expect(remoteSegmentId(one)).not.toBe(remoteSegmentId(other))
      await arrive([row({ segment: other, remoteId: remoteIds[1] ?? '' }, 5, 'realized')])
      expect(await differences(other, [5])).toEqual(none)
      expect(await differences(one, [])).toEqual(none)
    })

    test('a rename keeps everybody inside, and may be repeated', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized')])
      for (const newName of ['Renamed once', 'Renamed twice', 'Renamed twice']) {
        const renamed = await trial.solution.renameSegment(at.segment, at.remoteId, newName)
        said.push(renamed)
        expect(renamed).toMatchObject({ status: 'ready', remoteId: at.remoteId })
        await trial.settle()
        expect(await trial.counterpartName(at.segment)).toContain(newName)
      }
      expect(await differences(at.segment, [1])).toEqual(none)
    })

    test('the objects that it names for a segment are there, when made, when found and when renamed', async () => {
      segments += 1
      const segment = `ups:${`${segments}`.padStart(8, '0')}-23c1-4bb3-a495-00d3a5fe1e93`
      const { solution } = trial
      const made = await solution.ensureSegment(segment, 'Made, and shown')
      const objects = await shown(made)
      // Whoever finds it says the same of it as whoever made it.
      expect(await shown(await solution.ensureSegment(segment, 'Made, and shown'))).toEqual(objects)
      const remoteId = made.status === 'ready' ? made.remoteId : ''
      const renamed = await shown(await solution.renameSegment(segment, remoteId, 'New name'))
      expect(renamed.map((object) => object.name).join('\n')).toContain('New name')
      expect(renamed.map(({ kind }) => kind)).toEqual(objects.map(({ kind }) => kind))
      for (const object of renamed) {
        expect(await trial.shows({ ...object, name: `${object.name} not` })).toBe(false)
      }
    })

    async function shown(receipt: SegmentReceipt): Promise<readonly RemoteObject[]> {
      said.push(receipt)
      await trial.settle()
      const objects = receipt.status === 'ready' ? (receipt.objects ?? []) : []
      expect(objects.length).toBeGreaterThan(0)
      for (const object of objects) {
        expect({ object, shown: await trial.shows(object) }).toEqual({ object, shown: true })
      }
      return objects
    }

    async function remove(at: { readonly segment: Segment; readonly remoteId: string }) {
      const removed = await trial.solution.removeSegment(at.segment, at.remoteId)
      said.push(removed)
      return removed
    }

    const kept = options.keepsCounterparts === true
    test.runIf(kept)('a removal says what remains, each time', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized')])
      const remains = { status: 'removed', remains: expect.stringMatching(/\w+/) }
      expect(await remove(at)).toMatchObject(remains)
      expect(await remove(at)).toMatchObject(remains)
    })

    test.skipIf(kept)('a removed counterpart is gone, and removed again in peace', async () => {
      const at = await freshSegment()
      await arrive([row(at, 1, 'realized')])
      expect((await remove(at)).status).toBe('removed')
      expect((await remove(at)).status).toBe('removed')
      await trial.settle()
      expect(await trial.counterpartName(at.segment)).toBeUndefined()
      const again = { segment: at.segment, remoteId: await ready(at.segment, 'Made again') }
      await arrive([row(again, 2, 'realized')])
      expect(await trial.members(at.segment)).toEqual(expect.arrayContaining([...trial.person(2)]))
    })

    test('what was only accepted can be followed until it is applied', async () => {
      const { solution } = trial
      const at = await freshSegment()
      const receipts = await deliver([row(at, 1, 'realized'), row(at, 2, 'realized')])
      const follows = new Set(
        receipts.flatMap((receipt) =>
          receipt.status === 'delivered' && !receipt.applied ? (receipt.follow ?? []) : [],
        ),
      )
      expect(solution.follow !== undefined || follows.size === 0).toBe(true)
      await trial.settle()
      for (const follow of follows) {
        expect(follow.length).toBeLessThanOrEqual(500)
        const answer = await solution.follow?.(follow)
        said.push(follow, answer)
        expect(answer).toEqual({ status: 'applied' })
      }
      expect(await differences(at.segment, [1, 2])).toEqual(none)
    })

    const { stranger } = options
    test.runIf(stranger !== undefined)('whom the solution cannot know is excluded', async () => {
      const at = await freshSegment()
      const strange = { ...row(at, 1, 'realized'), identities: stranger?.identities ?? [] }
      const receipts = await deliver([strange, row(at, 2, 'realized')])
      expect(receipts).toMatchObject([
        { status: 'rejected', kind: 'excluded', code: stranger?.code },
        { status: 'delivered' },
      ])
      await trial.settle()
      expect(await differences(at.segment, [2])).toEqual(none)
    })

    test.each(options.codes ?? [])('code $code of a write', async ({ code, receipt }) => {
      const at = await freshSegment()
      await trial.answerWrites(code)
      try {
        const [answer] = await deliver([row(at, 1, 'realized')])
        expect(answer).toMatchObject(receipt)
      } finally {
        await trial.clearFaults()
      }
      await trial.settle()
      const after = await deliver([row(at, 1, 'realized')])
      expect(['delivered', 'retry']).toContain(after[0]?.status)
    })

    test('neither a secret nor an identity was in anything it said', () => {
      const everything = JSON.stringify([said, trial.events])
      for (const secret of trial.secrets) expect(everything).not.toContain(secret)
      for (let n = 0; n < 10; n += 1) {
        for (const identity of trial.person(n)) {
          expect(everything).not.toContain(identity.slice(identity.indexOf(':') + 1))
        }
      }
    })
  })
}
