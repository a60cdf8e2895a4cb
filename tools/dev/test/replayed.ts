import { expect } from 'vitest'
import { namespaces } from '../src/launch/run.ts'
import type { Lead } from '../src/launch/scan-input.ts'
import { replayLines } from '@segue/oracle'
import { membersExpected, type System } from './system.ts'

const solutions = Object.keys(namespaces) as (keyof typeof namespaces)[]

/** Makes Marketo and Campaign know everybody whom the lines speak of. */
export async function knowPeopleOf(system: System, lines: readonly string[]): Promise<void> {
  const { profiles } = await replayLines(lines, { endMs: Date.now() })
  const leads = [...profiles.values()].flatMap(({ identities }) => identities.flatMap(leadOf))
  await system.know(leads)
}

/** Somebody of their own for each identity: whoever has two is two people to Marketo, which changes no membership. */
function leadOf(identity: string): readonly Lead[] {
  const at = identity.indexOf(':')
  const id = identity.slice(at + 1)
  if (identity.startsWith('ECID:')) return [{ ecid: id }]
  return identity.startsWith('email_lc_sha256:') ? [{ emailSHA256: id }] : []
}

/** Waits until all is idle: then every solution holds what a naive replay of the lines says, and all books are closed. */
export async function expectHeldAsReplayed(
  system: System,
  lines: readonly string[],
  dataflow: string,
): Promise<void> {
  await system.untilIdle()
  const said = await replayLines(lines, { endMs: Date.now() })
  const held = await system.members()
  const expected = membersExpected(said.members, solutions)
  const { books } = await system.status()
  for (const solution of solutions) {
    const named = Object.keys(said.members[solution])
    const own = Object.entries(held[solution] ?? {}).filter(([segment]) => named.includes(segment))
    expect(Object.fromEntries(own)).toEqual(expected[solution])
    expect(books[dataflow]?.[solution]?.pending).toBe(0)
    expect(books[dataflow]?.[solution]?.failed).toEqual({})
  }
  expect(await system.imbalances()).toEqual([])
}
