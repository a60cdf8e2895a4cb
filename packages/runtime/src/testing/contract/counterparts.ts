import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Counterpart } from '../../ports/counterparts.ts'
import type { CreateSubject } from './subject.ts'

const trouble = {
  code: 'NAME_TAKEN',
  detail: 'another “list” – 名 has it',
  atMs: 1_795_428_000_123,
}

const list = { kind: 'static list', name: 'A – 名', id: '7', in: { folder: '12' }, has: { a: '1' } }

const action = fc.oneof(
  fc.record(
    {
      kind: fc.constant('ready' as const),
      remoteId: fc.constantFrom('1', '2'),
      name: fc.constantFrom('A', 'Käufer "x" 名'),
      labels: fc.constantFrom([], ['C3'], ['C3', 'C5']),
      objects: fc.constantFrom([], [list], [list, { kind: 'signal', name: 'segID = "x"' }]),
    },
    { requiredKeys: ['kind', 'remoteId'] },
  ),
  fc.record({ kind: fc.constant('gone' as const), remoteId: fc.constantFrom('1', '2') }),
  fc.record({
    kind: fc.constant('removal' as const),
    remoteId: fc.constantFrom('1', '2'),
    state: fc.constantFrom('begun' as const, 'refused' as const),
  }),
  fc.record({ kind: fc.constant('failed' as const) }),
)
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** What should be kept after an action, said plainly. */
function after(before: Counterpart | undefined, next: Action): Counterpart | undefined {
  const { generation = 0, remoteId, name = '', labels, objects, removing } = before ?? {}
  switch (next.kind) {
    case 'ready': {
      const same = next.remoteId === remoteId
      const told = next.labels ?? (same ? labels : undefined) ?? []
      const shown = next.objects ?? (same ? objects : undefined) ?? []
      return {
        remoteId: next.remoteId,
        name: next.name ?? name,
        generation: generation + (same ? 0 : 1),
        ...(told.length > 0 ? { labels: told } : {}),
        ...(shown.length > 0 ? { objects: shown } : {}),
        ...(same && removing === true ? { removing } : {}),
      }
    }
    case 'removal': {
      if (before === undefined || next.remoteId !== remoteId) return before
      const { removing: _, ...kept } = before
      return next.state === 'begun' ? { ...kept, removing: true } : kept
    }
    case 'gone':
      return next.remoteId === remoteId ? { remoteId: undefined, name, generation } : before
    case 'failed':
      return {
        remoteId,
        name,
        generation,
        trouble,
        ...(labels === undefined ? {} : { labels }),
        ...(objects === undefined ? {} : { objects }),
        ...(removing === undefined ? {} : { removing }),
      }
  }
}

/** What every place for segments' counterparts owes. */
export function testCounterparts(create: CreateSubject): void {
  describe('counterparts', () => {
    test('an id that was not the last one is a new generation, whatever happened in between', async () => {
      const subject = await create()
      const { counterparts } = subject.ports()
      let segments = 0
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 8 }), async (actions) => {
          segments += 1
          const at = ['marketo', 'flow', `ups:${segments}`] as const
          let expected: Counterpart | undefined
          for (const next of actions) {
            if (next.kind === 'ready') await counterparts.ready(...at, next)
            else if (next.kind === 'removal') {
              await counterparts.removal(...at, next.remoteId, next.state)
            } else if (next.kind === 'gone') await counterparts.gone(...at, next.remoteId)
            else await counterparts.failed(...at, trouble)
            expected = after(expected, next)
            expect(await counterparts.get(...at)).toEqual(expected)
          }
        }),
        { seed: 4711, numRuns: 60 },
      )
    })

    test('those of a dataflow at a solution are forgotten together, and no others', async () => {
      const { counterparts } = (await create()).ports()
      for (const [solution, dataflow] of [
        ['s', 'f'],
        ['s', 'ff'],
        ['t', 'f'],
      ] as const) {
        for (const segment of ['ups:a', 'ups:b']) {
          await counterparts.ready(solution, dataflow, segment, { remoteId: '1', name: 'A' })
        }
      }
      await counterparts.forget('s', 'f')
      await counterparts.forget('s', 'none')
      expect((await counterparts.all('s', 'f')).size).toBe(0)
      expect((await counterparts.all('s', 'ff')).size).toBe(2)
      expect((await counterparts.all('t', 'f')).size).toBe(2)
    })

    test('each is of one solution and dataflow, and all of a dataflow are found by segment', async () => {
      const { counterparts } = (await create()).ports()
      const made = await counterparts.ready('s', 'f', 'ups:a', { remoteId: '1001', name: 'A' })
      expect(made).toEqual({ remoteId: '1001', name: 'A', generation: 1 })
      await counterparts.ready('s', 'f', 'ups:b', { remoteId: '1002', name: 'B' })
      await counterparts.ready('s', 'g', 'ups:c', { remoteId: '1003', name: 'C' })
      expect(await counterparts.get('t', 'f', 'ups:a')).toBeUndefined()
      expect(await counterparts.get('s', 'g', 'ups:a')).toBeUndefined()
      expect([...(await counterparts.all('s', 'f')).keys()].toSorted()).toEqual(['ups:a', 'ups:b'])
      expect((await counterparts.all('s', 'f')).get('ups:b')).toMatchObject({ remoteId: '1002' })
    })
  })
}
