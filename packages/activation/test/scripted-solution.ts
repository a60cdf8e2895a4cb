import type { Aggregation, Delivery, Receipt, Solution } from '@segue/solution-kit'

/** What the solution does with a call: apply it, or not, and what it answers for each row. */
export interface Behaviour {
  readonly applies: boolean
  readonly answer: Receipt
}

const delivered: Behaviour = {
  applies: true,
  answer: { status: 'delivered', applied: true, requestId: 'request-1' },
}

export const refused: Behaviour = {
  applies: false,
  answer: { status: 'retry', code: 'BUSY', afterMs: 10, scope: 'row', inDoubt: false },
}

/** The request was applied, but its answer was lost. */
export const answerLost: Behaviour = {
  applies: true,
  answer: { status: 'retry', code: 'TIMED_OUT', afterMs: 10, scope: 'row', inDoubt: true },
}

/** A solution that behaves as a script says, row by row, and keeps what it holds. */
export interface ScriptedSolution {
  readonly solution: Solution
  /** Every call, row by row. */
  readonly calls: (readonly Delivery[])[]
  readonly expressCalls: (readonly Delivery[])[]
  /** Segment → identities that the solution holds. */
  readonly members: Map<string, Set<string>>
  /** Most sends of one profile and segment that were under way at once. */
  mostAtOnce: number
  /** Decides on each row; delivers where it answers undefined. */
  behave: (row: Delivery) => Behaviour | undefined
  /** Awaited by each call before it answers. */
  gate: Promise<void>
}

export function scriptedSolution(
  options: { readonly aggregation?: Aggregation; readonly express?: boolean } = {},
): ScriptedSolution {
  const underWay = new Map<string, number>()
  const scripted: ScriptedSolution = {
    calls: [],
    expressCalls: [],
    members: new Map(),
    mostAtOnce: 0,
    behave: () => undefined,
    gate: Promise.resolve(),
    solution: {
      name: 'scripted',
      namespaces: ['ECID', 'email_lc_sha256'],
      aggregation: options.aggregation ?? {
        aggregationType: 'BEST_EFFORT',
        maxUsersPerRequest: 50,
      },
      takes: 'changes',
      readiness: [{ what: 'memberships', withinMs: 1_000 }],
      poolBy: 'segment-status',
      maxConcurrentCalls: 3,
      ensureSegment: (segment) =>
        Promise.resolve({ status: 'ready', remoteId: `id of ${segment}` }),
      renameSegment: (_segment, remoteId) => Promise.resolve({ status: 'ready', remoteId }),
      removeSegment: () => Promise.resolve({ status: 'removed' }),
      deliver: (rows) => {
        scripted.calls.push(rows)
        return receive(rows)
      },
      ...(options.express === true
        ? {
            express: (rows: readonly Delivery[]) => {
              scripted.expressCalls.push(rows)
              return receive(rows)
            },
          }
        : {}),
      close: () => Promise.resolve(),
    },
  }
  const receive = async (rows: readonly Delivery[]): Promise<readonly Receipt[]> => {
    for (const row of rows) {
      const key = `${row.segment} ${row.identities[0]}`
      underWay.set(key, (underWay.get(key) ?? 0) + 1)
      scripted.mostAtOnce = Math.max(scripted.mostAtOnce, underWay.get(key) ?? 0)
    }
    await scripted.gate
    const receipts = rows.map((row) => {
      const behaviour = scripted.behave(row) ?? delivered
      if (behaviour.applies) apply(scripted.members, row)
      return behaviour.answer
    })
    for (const row of rows) {
      const key = `${row.segment} ${row.identities[0]}`
      underWay.set(key, (underWay.get(key) ?? 0) - 1)
    }
    return receipts
  }
  return scripted
}

function apply(members: Map<string, Set<string>>, row: Delivery): void {
  const held = members.get(row.segment) ?? new Set()
  members.set(row.segment, held)
  for (const identity of row.identities) {
    if (row.status === 'realized') held.add(identity)
    else held.delete(identity)
  }
}
