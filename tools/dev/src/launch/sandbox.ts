import type { Ready } from '@segue/sandbox'
import { expectSuccess, httpJson } from './http-json.ts'
import type { Members } from '../report.ts'
import type { People } from './scan-input.ts'

/** How the sandbox's servers are reached: the line it prints when it is ready. */
export type SandboxReady = Ready

/** People sent in one request. */
const peoplePerRequest = 10_000

/** Makes the sandbox's solutions know these people. Known ones stay as they are. */
export async function seedPeople(control: string, people: People): Promise<void> {
  for (const [solution, all] of Object.entries(people)) {
    for (let from = 0; from < all.length; from += peoplePerRequest) {
      const body = JSON.stringify({ [solution]: all.slice(from, from + peoplePerRequest) })
      expectSuccess('the sandbox', await httpJson('POST', `${control}/control/seed`, { body }))
    }
  }
}

/** Whether the sandbox has applied all that it accepted. */
export async function sandboxIsIdle(control: string): Promise<boolean> {
  const { body } = await httpJson<{ readonly idle: boolean }>('GET', `${control}/control/idle`)
  return body.idle
}

/**
 * What each solution holds as applied, read from the solution's own server: members by segment (`namespace:id`).
 * A counterpart's segment is the segment's id, with its namespace where that is not `ups`.
 */
export async function sandboxMembers(control: string): Promise<ReadonlyMap<string, Members>> {
  const answer = await httpJson<SolutionMembers>('GET', `${control}/control/members`)
  expectSuccess('the sandbox', answer)
  return new Map(
    Object.entries(answer.body).map(([solution, counterparts]) => [
      solution,
      new Map(
        Object.values(counterparts).map(({ segment, members }) => [
          segment.includes(':') ? segment : `ups:${segment}`,
          members,
        ]),
      ),
    ]),
  )
}

/** Counterparts by their id, by solution. */
type SolutionMembers = Readonly<Record<string, Readonly<Record<string, Counterpart>>>>

/** A list, a trait, an audience. */
interface Counterpart {
  readonly segment: string
  readonly members: readonly string[]
}
