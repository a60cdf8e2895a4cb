import { remoteSegmentId, unlimited } from '@segue/solution-kit'
import type { Solution, SolutionEvent } from '@segue/solution-kit'
import type { Trial } from '@segue/solution-kit/testing'
import { exampleListsSettings, exampleListsSolution } from '../src/index.ts'
import type { ExampleListsSettingsInput } from '../src/index.ts'
import { exampleServer } from './example-server.ts'
import type { ExampleServer } from './example-server.ts'

/** A server of the test's own with an adapter pointed at it. */
export interface ExampleListsTrial extends Trial {
  readonly server: ExampleServer
  /** A further adapter on the same server. */
  readonly another: (settings: Partial<ExampleListsSettingsInput>) => Solution
}

const namespace = 'email_lc_sha256'

/** A person's hashed mail, made from a number. The server knows all of these and nobody else. */
export function person(n: number): readonly string[] {
  return [`${namespace}:${`${n}`.padStart(64, 'a')}`]
}

/** Starts a server and points an adapter with a short time-out at it. */
export async function exampleListsTrial(): Promise<ExampleListsTrial> {
  const server = await exampleServer({ knows: (hash) => hash.startsWith('a') })
  const events: SolutionEvent[] = []
  const solutions: Solution[] = []
  function make(settings: Partial<ExampleListsSettingsInput> = {}): Solution {
    const { url, clientId, clientSecret } = server
    const solution = exampleListsSolution({
      settings: exampleListsSettings.parse({
        url,
        imsUrl: url,
        clientId,
        clientSecret,
        answerTimeoutMs: 500,
        ...settings,
      }),
      rateLimiter: unlimited,
      log: (event) => void events.push(event),
    })
    solutions.push(solution)
    return solution
  }
  const listOf = (segment: string) =>
    server.lists().find(({ key }) => key === remoteSegmentId(segment))
  return {
    server,
    solution: make(),
    another: make,
    events,
    person,
    members: (segment) =>
      Promise.resolve([...(listOf(segment)?.people ?? [])].map((hash) => `${namespace}:${hash}`)),
    counterpartName: (segment) => Promise.resolve(listOf(segment)?.name),
    shows: ({ name, id }) =>
      Promise.resolve(server.lists().some((list) => list.name === name && list.id === id)),
    settle: () => Promise.resolve(),
    calls: () => Promise.resolve(server.calls()),
    largestWrite: () => Promise.resolve(server.largestWrite()),
    expireToken: () => Promise.resolve(server.expireTokens()),
    answerWrites: (code) => Promise.resolve(server.answerWrites(code)),
    clearFaults: () => Promise.resolve(server.answerWrites(undefined)),
    hangNextWrite: () => Promise.resolve(server.hangNextWrite()),
    secrets: [server.clientSecret],
    close: async () => {
      await Promise.all(solutions.map((solution) => solution.close()))
      await server.close()
    },
  }
}
