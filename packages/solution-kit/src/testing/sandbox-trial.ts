import type { Segment } from '@segue/model'
import { remoteSegmentId } from '../remote-segment-id.ts'
import type { SolutionEvent, SolutionLog } from '../solution-event.ts'
import type { Solution } from '../solution.ts'
import type { Trial } from './conformance.ts'
import type { SandboxCounterpart, SandboxProcess } from './sandbox-process.ts'

/** What every adapter's trial has that runs against the sandbox; the adapter's own puts its writes, token and time beside it. */
export interface SandboxTrial<Changes extends readonly unknown[]> extends Pick<
  Trial,
  'events' | 'members' | 'counterpartName' | 'shows' | 'calls' | 'clearFaults' | 'close'
> {
  readonly sandbox: SandboxProcess
  /** A further adapter on the same server, closed with the trial. */
  readonly another: (...changes: Changes) => Solution
  /** The segment's counterpart as the solution holds it. */
  readonly counterpart: (segment: Segment) => Promise<SandboxCounterpart | undefined>
}

/**
 * Makes the parts that trials share.
 * @param options.name the solution's name in the sandbox
 * @param options.tokenOperation what the sandbox calls the request for a token; left out where calls carry none
 * @param options.make makes an adapter that logs there
 */
export function sandboxTrial<Changes extends readonly unknown[]>(options: {
  readonly sandbox: SandboxProcess
  readonly name: string
  readonly tokenOperation?: string
  readonly make: (log: SolutionLog, ...changes: Changes) => Solution
}): SandboxTrial<Changes> {
  const { sandbox, name, tokenOperation } = options
  const events: SolutionEvent[] = []
  const made: Solution[] = []

  async function counterpart(segment: Segment): Promise<SandboxCounterpart | undefined> {
    const all = await sandbox.counterparts(name)
    return all.find((one) => one.segment === remoteSegmentId(segment))
  }

  return {
    sandbox,
    events,
    another: (...changes) => {
      const solution = options.make((event) => void events.push(event), ...changes)
      made.push(solution)
      return solution
    },
    counterpart,
    members: async (segment) => (await counterpart(segment))?.members ?? [],
    shows: async ({ name: wanted, id }) => {
      const all = await sandbox.counterparts(name)
      return all.some(
        (one) =>
          one.name === wanted &&
          (id === undefined || one.remoteId === id || one.remoteId.endsWith(`:${id}`)),
      )
    },
    counterpartName: async (segment) => (await counterpart(segment))?.name,
    calls: async () => {
      const requests = await sandbox.requests(name)
      const tokens = requests.filter(({ operation }) => operation === tokenOperation)
      return { all: requests.length, token: tokens.length }
    },
    clearFaults: () => sandbox.clearFaults(),
    close: async () => {
      await Promise.all(made.map((solution) => solution.close()))
      await sandbox.close()
    },
  }
}
