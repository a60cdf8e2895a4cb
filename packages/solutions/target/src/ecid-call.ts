import type { ProfileState } from './profile-state.ts'

/** Bounds of the Delivery API (`reference/solutions.md` §5.2). */
const maxParametersOfMbox = 50
const maxMboxesOfCall = 50

/**
 * The bodies of the Delivery API calls that give one visitor these attributes: at most 50 attributes an mbox and 50 mboxes a call. All mboxes have
 * one name and each an index of its own.
 */
export function ecidCalls(state: ProfileState, mbox: string): readonly object[] {
  const mboxes = chunks([...state.attributes], maxParametersOfMbox)
  return chunks(mboxes, maxMboxesOfCall).map((of) => ({
    id: { marketingCloudVisitorId: state.id },
    context: { channel: 'web' },
    execute: {
      mboxes: of.map((parameters, at) => ({
        index: at + 1,
        name: mbox,
        profileParameters: parametersOf(parameters),
      })),
    },
  }))
}

function parametersOf(parameters: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(parameters)
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  )
}
