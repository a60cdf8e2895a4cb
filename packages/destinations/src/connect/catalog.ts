import { solutionNamespaces } from '@segue/model'
import type { Entitlements } from '../organisation/organisation.ts'

/** The Platform's own profile store, by its published id (`reference/platform.md` §4.2). */
export const profileStoreSpecId = '8a9c3494-9708-43d7-ae3f-cda01e5030e1'
/** Experience Cloud Audiences. Segue's own id: the Platform's is not published (`reference/platform.md` §4.2). */
export const destinationSpecId = 'c5b6a2de-0f3b-4a53-9d6c-5f0f4f9e7a10'
/** Flows from the profile store to that destination. Segue's own id, for the same reason. */
export const flowSpecId = '2d6f7f4e-6a0b-4c0e-8a51-9c1f0b7d3e42'
export const specVersion = '1.0'

/** Names of the solutions as people know them. */
const solutionNames: Readonly<Record<string, string>> = {
  'audience-manager': 'Audience Manager',
  analytics: 'Analytics',
  'advertising-cloud': 'Advertising Cloud',
  campaign: 'Campaign',
  target: 'Target',
  marketo: 'Marketo',
}

/** A card of the catalog. */
export type ConnectionSpec = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly name: string
}

/**
 * The catalog: the profile store, from which flows come, and the one card.
 * @param solutions all that this Segue can reach
 */
export function connectionSpecs(
  entitlements: Entitlements,
  solutions: readonly string[],
): readonly ConnectionSpec[] {
  return [profileStoreSpec, destinationSpec(entitlements, solutions)]
}

const profileStoreSpec: ConnectionSpec = {
  id: profileStoreSpecId,
  name: 'Profile Store',
  version: specVersion,
  attributes: { isSource: true, category: 'profileStore' },
}

/** Other names of the namespace (seed: "Supported identities"). */
const ecidAliases = [
  'Adobe Marketing Cloud ID',
  'Adobe Experience Cloud ID',
  'Adobe Experience Platform ID',
]

/** What the seed says of the destination. */
function destinationSpec(entitlements: Entitlements, solutions: readonly string[]): ConnectionSpec {
  return {
    id: destinationSpecId,
    name: 'Experience Cloud Audiences',
    version: specVersion,
    description: 'Shares segments with the Experience Cloud solutions you are provisioned for.',
    attributes: {
      isDestination: true,
      category: 'adobe',
      exportType: 'SEGMENT_EXPORT',
      exportFrequency: 'STREAMING',
      mappingStep: false,
      schedulingStep: false,
      identities: solutionNamespaces.map((namespace) => ({
        namespace,
        ...(namespace === 'ECID' ? { aliases: ecidAliases } : {}),
      })),
      solutions: solutions.map((solution) => ({
        id: solution,
        name: solutionNames[solution] ?? solution,
        provisioned: isProvisioned(entitlements, solution),
      })),
    },
    authSpec: [],
    targetSpec: {
      name: 'Experience Cloud Audiences',
      type: 'UserTarget',
      spec: {
        type: 'object',
        properties: {
          solutions: {
            type: 'array',
            items: { enum: solutions },
            uniqueItems: true,
            description:
              'Solutions that flows may activate segments for. Without it: all that the organisation is provisioned for.',
          },
          activationDelayMs: {
            type: 'integer',
            minimum: 0,
            description: 'How long a change waits for its opposite before it goes out.',
          },
          marketingActions: {
            type: 'array',
            items: { type: 'string' },
            description: 'What the shared segments are used for: governance goes by it.',
          },
        },
      },
    },
  }
}

/** Whether the organisation may share with a solution. Audience Manager asks for its licence too (seed: "Prerequisites"). */
export function isProvisioned(entitlements: Entitlements, solution: string): boolean {
  return (
    entitlements.solutions.includes(solution) &&
    (solution !== 'audience-manager' || entitlements.audienceManagerLicence)
  )
}

/** The one flow spec. */
export const flowSpec: ConnectionSpec = {
  id: flowSpecId,
  name: 'Profile store to Experience Cloud Audiences',
  version: specVersion,
  sourceConnectionSpecIds: [profileStoreSpecId],
  targetConnectionSpecIds: [destinationSpecId],
}
