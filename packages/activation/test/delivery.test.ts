import { expect, test } from 'vitest'
import { sweepPartition } from '../src/index.ts'
import type { RowCounts } from '../src/queue/jobs.ts'
import { expectBalance, segments, startPipeline, type Update } from './pipeline.ts'
import { answerLost, refused, scriptedSolution, type Behaviour } from './scripted-solution.ts'

const realized = 1
const exited = 2

test('realized memberships arrive, exits leave, and the books balance', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    [
      'ECID:1',
      [
        [0, realized, 10],
        [1, realized, 10],
      ],
    ],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1', 'ECID:2']))
  await pipeline.send([['ECID:1', [[0, exited, 20]]]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:2']))
  expect(scripted.members.get('ups:b')).toEqual(new Set(['ECID:1']))
  const books = await pipeline.books()
  expect(books.get('activated')).toBe(4)
  expectBalance(books)
})

test('what is realized and exited within the delay reaches no solution', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 1_000 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect
    .poll(() => pipeline.books(), { timeout: 5_000 })
    .toEqual(
      new Map([
        ['received', 1],
        ['pending', 1],
      ]),
    )
  await pipeline.send([['ECID:1', [[0, exited, 20]]]])
  await pipeline.settled()
  expect(scripted.calls).toEqual([])
  expect((await pipeline.books()).get('coalesced')).toBe(2)
})

test('a row that was refused is sent again by itself, not with those that arrived', async () => {
  const scripted = scriptedSolution()
  let refusals = 1
  scripted.behave = (row) => {
    if (row.identities[0] !== 'ECID:7' || refusals === 0) return undefined
    refusals -= 1
    return refused
  }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send(
    Array.from({ length: 20 }, (_, index): Update => [`ECID:${index}`, [[0, realized, 10]]]),
  )
  await pipeline.settled()
  const sent = scripted.calls.flat().flatMap((row) => row.identities)
  expect(sent.filter((identity) => identity === 'ECID:7')).toHaveLength(2)
  expect(sent).toHaveLength(21)
  expect(scripted.members.get('ups:a')?.size).toBe(20)
  expect((await pipeline.books()).get('activated')).toBe(20)
})

test('who has not heard of a newer dataflow excludes nothing that it routed, and forgets no solution of it', async () => {
  const scripted = scriptedSolution()
  const { name } = scripted.solution
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    hearsLate: true,
    dataflow: { solutions: ['another'], segments: {} },
  })
  const activation = { name: 'A', solutions: [name] }
  await pipeline.edit({ solutions: ['another', name], segments: { 'ups:a': activation } })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  // Another one, which only who delivers has not heard of: the solution is known by now.
  await pipeline.edit({ segments: { 'ups:a': activation, 'ups:b': activation } })
  await pipeline.send([['ECID:1', [[1, realized, 20]]]])
  await pipeline.settled()
  expect(scripted.members).toEqual(
    new Map([
      ['ups:a', new Set(['ECID:1'])],
      ['ups:b', new Set(['ECID:1'])],
    ]),
  )
  expect((await pipeline.books()).get('activated')).toBe(2)
})

test('an exit goes out although the answer to the realization was lost', async () => {
  const scripted = scriptedSolution()
  scripted.behave = (row) => (row.status === 'realized' ? answerLost : undefined)
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => scripted.members.get('ups:a')?.size, { timeout: 5_000 }).toBe(1)
  await pipeline.send([['ECID:1', [[0, exited, 20]]]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')?.size).toBe(0)
})

test('a worker that dies between send and settle: sent again, counted once', async () => {
  const scripted = scriptedSolution()
  let deaths = 2
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    wrap: (ports) => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        // The claim stays behind, as a dead worker leaves it; a short lease that nobody renews lets the test see its end.
        claim: (partition, dataflow, solution, token, _leaseMs, claims) =>
          ports.ledger.claim(partition, dataflow, solution, token, 300, claims),
        settle: (partition, settlement) => {
          deaths -= 1
          if (deaths >= 0) return Promise.reject(new Error('the worker died'))
          return ports.ledger.settle(partition, settlement)
        },
      },
    }),
  })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  expect(scripted.calls.length).toBe(3)
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1']))
  const books = await pipeline.books()
  expect(books.get('activated')).toBe(1)
  expectBalance(books)
})

test('a send that takes longer than its lease keeps its claim, and is not sent by anybody else', async () => {
  const scripted = scriptedSolution()
  const { promise, resolve } = Promise.withResolvers<void>()
  scripted.gate = promise
  let renewals = 0
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    wrap: (ports) => ({
      ...ports,
      // An hour passes in a moment for whoever waits by this clock, so that renewals come one after the other.
      clock: { ...ports.clock, after: (delayMs, wake) => ports.clock.after(delayMs / 500, wake) },
      ledger: {
        ...ports.ledger,
        claim: (partition, dataflow, solution, token, _leaseMs, claims) =>
          ports.ledger.claim(partition, dataflow, solution, token, 200, claims),
        renew: (partition, dataflow, solution, token, _leaseMs, profileKeys) => {
          renewals += 1
          return ports.ledger.renew(partition, dataflow, solution, token, 200, profileKeys)
        },
      },
    }),
  })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => scripted.calls.length, { timeout: 5_000 }).toBe(1)
  await pipeline.send([['ECID:1', [[0, exited, 20]]]])
  await expect.poll(() => renewals, { timeout: 5_000 }).toBeGreaterThan(60)
  expect(scripted.calls).toHaveLength(1)
  resolve()
  await pipeline.settled()
  expect(scripted.mostAtOnce).toBe(1)
  expect(scripted.members.get('ups:a')?.size).toBe(0)
})

test('a job of a kind that only a newer release knows waits for that', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  const payload = JSON.parse('{"kind":"of a newer release"}')
  await pipeline.deliveryQueue.add([{ id: 'newer', name: 'newer', payload, delayMs: 0 }])
  await expect.poll(async () => (await pipeline.deliveryQueue.counts()).delayed).toBe(1)
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  const [job] = await pipeline.jobs()
  expect(job?.data).toEqual(payload)
  expect((await pipeline.deliveryQueue.counts()).failed).toBe(0)
})

test('of a profile that is damaged nothing is said, not even that it left, and the others of its range are told', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 1_000 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect
    .poll(async () => (await pipeline.books()).get('activated'), { timeout: 10_000 })
    .toBe(1)
  await pipeline.send([
    ['ECID:1', [[0, exited, 20]]],
    ['ECID:1', [[0, realized, 30]]],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await expect
    .poll(async () => (await pipeline.books()).get('received'), { timeout: 5_000 })
    .toBe(4)
  await pipeline.damage('ECID:1')
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1', 'ECID:2']))
  const books = await pipeline.books()
  expect(books.get('excluded:PROFILE_UNREADABLE')).toBe(2)
  expectBalance(books)
})

test('a settle whose answer is lost is neither lost nor counted twice', async () => {
  const scripted = scriptedSolution()
  let losses = 1
  const pipeline = await startPipeline(scripted, {
    activationDelayMs: 0,
    wrap: (ports) => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        settle: async (partition, settlement) => {
          const lost = await ports.ledger.settle(partition, settlement)
          losses -= 1
          if (losses >= 0) throw new Error('the answer was lost')
          return lost
        },
      },
    }),
  })
  await pipeline.send([
    [
      'ECID:1',
      [
        [0, realized, 10],
        [1, realized, 10],
      ],
    ],
  ])
  await pipeline.settled()
  const books = await pipeline.books()
  expect(books.get('activated')).toBe(2)
  expectBalance(books)
})

test('what is rejected is counted under its code and kept as a dead letter, or excluded', async () => {
  const scripted = scriptedSolution()
  const rejections: Readonly<Record<string, Behaviour>> = {
    'ECID:1': {
      applies: false,
      answer: { status: 'rejected', code: 'INVALID_ID', kind: 'failed' },
    },
    'ECID:2': {
      applies: false,
      answer: { status: 'rejected', code: 'OPTED_OUT', kind: 'excluded' },
    },
  }
  scripted.behave = (row) => rejections[row.identities[0] ?? '']
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
    ['GAID:3', [[0, realized, 10]]],
  ])
  await pipeline.settled()
  const books = await pipeline.books()
  expect(Object.fromEntries(books)).toEqual({
    received: 3,
    pending: 0,
    'failed:INVALID_ID': 1,
    'excluded:OPTED_OUT': 1,
    'excluded:NO_IDENTITY': 1,
  })
  const letters = await Promise.all(
    [0, 1].map((partition) => pipeline.ports.ledger.deadLetters(partition, 'eca', 'scripted', 10)),
  )
  expect(letters.flat()).toMatchObject([{ profileKey: 'ECID:1', code: 'INVALID_ID', attempts: 1 }])
})

test('a solution that is out of order as a whole is paused, loses nothing, and goes on', async () => {
  const scripted = scriptedSolution()
  let down = true
  const misconfigured: Behaviour = {
    applies: false,
    answer: { status: 'retry', code: 'QUOTA', afterMs: 200, scope: 'solution', inDoubt: false },
  }
  scripted.behave = () => (down ? misconfigured : undefined)
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => pipeline.troubles.length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(pipeline.troubles[0]).toMatchObject({ solution: 'scripted', code: 'QUOTA' })
  down = false
  await pipeline.settled()
  expect(scripted.members.get('ups:a')).toEqual(new Set(['ECID:1']))
})

test('a counterpart that is gone is made again', async () => {
  const scripted = scriptedSolution()
  let gone = true
  const asked: string[] = []
  const solution = {
    ...scripted.solution,
    ensureSegment: (segment: string) => {
      asked.push(segment)
      return Promise.resolve({ status: 'ready' as const, remoteId: `${asked.length}` })
    },
  }
  scripted.behave = () => {
    if (!gone) return undefined
    gone = false
    return {
      applies: false,
      answer: { status: 'retry', code: 'SEGMENT_GONE', afterMs: 10, scope: 'row', inDoubt: false },
    }
  }
  const pipeline = await startPipeline({ ...scripted, solution }, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await pipeline.settled()
  await pipeline.quiet()
  expect(asked.filter((segment) => segment === 'ups:a')).toHaveLength(2)
  const [first, second] = scripted.calls.flat().map((row) => row.remoteId)
  expect(second).not.toBe(first)
})

test('a setting that is wrong is asked about once, not over and over', async () => {
  const scripted = scriptedSolution()
  let asked = 0
  const solution = {
    ...scripted.solution,
    ensureSegment: () => {
      asked += 1
      const setting = 'clientSecret'
      return Promise.resolve({
        status: 'misconfigured' as const,
        code: 'CREDENTIALS_REFUSED',
        setting,
      })
    },
  }
  const pipeline = await startPipeline({ ...scripted, solution }, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => pipeline.troubles.length, { timeout: 5_000 }).toBe(1)
  expect(pipeline.troubles[0]?.detail).toContain('clientSecret')
  await pipeline.send([
    ['ECID:2', [[0, realized, 10]]],
    ['ECID:3', [[0, realized, 10]]],
  ])
  const waits = async (): Promise<number> => (await pipeline.deliveryQueue.counts()).delayed
  await expect.poll(waits, { timeout: 5_000 }).toBeGreaterThan(1)
  // Both are counted anew each time: more jobs may come to wait while this looks.
  const busy = async (): Promise<number> => (await pipeline.jobs()).length - (await waits())
  await expect.poll(busy, { timeout: 5_000 }).toBe(0)
  // At most once for each segment, when its counterpart was to be made.
  expect(asked).toBeLessThanOrEqual(segments.length)
  expect((await pipeline.books()).get('pending')).toBe(3)
})

test('a row that waits for something of its own does not pause the others', async () => {
  const scripted = scriptedSolution()
  scripted.behave = (row) =>
    row.segment === 'ups:a'
      ? {
          applies: false,
          answer: {
            status: 'retry',
            code: 'TRAIT_NOT_READY',
            afterMs: 14_400_000,
            scope: 'row',
            inDoubt: false,
          },
        }
      : undefined
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  for (let profile = 1; profile <= 5; profile++) {
    await pipeline.send([[`ECID:${profile}`, [[0, realized, 10]]]])
    await expect.poll(() => scripted.calls.length, { timeout: 5_000 }).toBe(profile)
  }
  await pipeline.send([['ECID:9', [[1, realized, 10]]]])
  await expect.poll(() => scripted.members.get('ups:b')?.size, { timeout: 5_000 }).toBe(1)
  expect(pipeline.troubles).toEqual([])
})

test('buckets whose job was never added are found by the sweep', async () => {
  const scripted = scriptedSolution()
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0, addsJobs: false })
  await pipeline.send([
    ['ECID:1', [[0, realized, 10]]],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await expect.poll(async () => (await pipeline.books()).get('pending'), { timeout: 5_000 }).toBe(2)
  for (let partition = 0; partition < pipeline.partitionCount; partition++) {
    await sweepPartition(partition, pipeline.ports, pipeline.activationQueue, true)
  }
  await pipeline.settled()
  expect(scripted.members.get('ups:a')?.size).toBe(2)
})

test('jobs say how many rows of which segments they carry, and no identity', async () => {
  const scripted = scriptedSolution()
  const { promise, resolve } = Promise.withResolvers<void>()
  scripted.gate = promise
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([
    [
      'ECID:1',
      [
        [0, realized, 10],
        [1, realized, 10],
      ],
    ],
    ['ECID:2', [[0, realized, 10]]],
  ])
  await expect.poll(() => scripted.calls.length, { timeout: 5_000 }).toBeGreaterThan(0)
  const jobs = await pipeline.jobs()
  expect(JSON.stringify(jobs)).not.toContain('ECID')
  const rows = jobs.map(({ data }) => data as RowCounts).reduce((sum, one) => sum + one.rows, 0)
  expect(rows).toBe(3)
  expect(jobs[0]?.name).toMatch(/^range \d+ rows$/)
  expect(jobs[0]?.id).toMatch(/^p0\d-eca-0-\d+-0$/)
  resolve()
  await pipeline.settled()
})

test('a solution with windows gets one large delivery, after a fast one for what is realized', async () => {
  const scripted = scriptedSolution({
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: 1,
      maxNumEventsInBatch: 1_000,
    },
    express: true,
  })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send(
    Array.from({ length: 30 }, (_, index): Update => [`ECID:${index}`, [[0, realized, 10]]]),
  )
  await expect.poll(() => scripted.expressCalls.flat().length, { timeout: 5_000 }).toBe(30)
  expect(scripted.calls).toEqual([])
  await pipeline.settled()
  expect(scripted.calls).toHaveLength(1)
  expect(scripted.calls[0]).toHaveLength(30)
  expect((await pipeline.books()).get('activated')).toBe(30)
})

test('while the way of record waits, the fast one goes on', async () => {
  const scripted = scriptedSolution({
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: 1,
      maxNumEventsInBatch: 1_000,
    },
    express: true,
  })
  const { solution } = scripted
  const receipt = {
    status: 'retry',
    code: 'FILE_OPEN',
    afterMs: 60_000,
    scope: 'solution',
    inDoubt: false,
  } as const
  const waiting = {
    ...solution,
    deliver: (rows: readonly unknown[]) => Promise.resolve(rows.map(() => receipt)),
  }
  const pipeline = await startPipeline({ ...scripted, solution: waiting }, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => pipeline.troubles.length, { timeout: 5_000 }).toBe(1)
  await pipeline.send([['ECID:2', [[0, realized, 10]]]])
  await expect.poll(() => scripted.members.get('ups:a')?.size, { timeout: 5_000 }).toBe(2)
})

test('an exit after a fast realization goes out although the window never carried that', async () => {
  const scripted = scriptedSolution({
    aggregation: {
      aggregationType: 'CONFIGURABLE_AGGREGATION',
      maxBatchAgeInSecs: 2,
      maxNumEventsInBatch: 1_000,
    },
    express: true,
  })
  const pipeline = await startPipeline(scripted, { activationDelayMs: 0 })
  await pipeline.send([['ECID:1', [[0, realized, 10]]]])
  await expect.poll(() => scripted.members.get('ups:a')?.size, { timeout: 5_000 }).toBe(1)
  await pipeline.send([['ECID:1', [[0, exited, 20]]]])
  await pipeline.settled()
  expect(scripted.members.get('ups:a')?.size).toBe(0)
})

test('whatever fails on the way, in the end the solution knows the state, one send at a time', async () => {
  const scripted = scriptedSolution()
  let turn = 0
  scripted.behave = () => {
    turn = (turn * 1_103_515_245 + 12_345) % 2_147_483_648
    const dice = turn / 2_147_483_648
    return dice < 0.1 ? refused : dice < 0.2 ? answerLost : undefined
  }
  const pipeline = await startPipeline(scripted, { activationDelayMs: 100 })
  const expected = new Map(segments.map((segment) => [segment, new Set<string>()]))
  let random = 7
  const next = (bound: number): number => {
    random = (random * 48_271) % 2_147_483_647
    return random % bound
  }
  for (let round = 0; round < 10; round++) {
    const updates: Update[] = []
    for (let count = 0; count < 60; count++) {
      const profileKey = `ECID:${next(40)}`
      const segment = next(segments.length)
      const status = next(2) === 0 ? realized : exited
      updates.push([profileKey, [[segment, status, round * 1_000 + count]]])
      const held = expected.get(segments[segment] ?? '')
      if (status === realized) held?.add(profileKey)
      else held?.delete(profileKey)
    }
    await pipeline.send(updates)
  }
  await pipeline.settled()
  for (const segment of segments) {
    expect(scripted.members.get(segment) ?? new Set()).toEqual(expected.get(segment))
  }
  expect(scripted.mostAtOnce).toBe(1)
  const books = await pipeline.books()
  expect(books.get('received')).toBeGreaterThan(100)
  expectBalance(books)
})
