import type { OrganisationSettings } from '../organisation/organisation.ts'
import type { Permission } from './permissions.ts'

/** How the organisation wants connecting and activating to be allowed. */
export type PermissionRule = OrganisationSettings['permissionRule']

/**
 * What somebody must be allowed, to do something in one sandbox: a permission; each of several; one of several; or what the
 * organisation's rule asks for to `connect` or to `activate` (`reference/platform.md` §5).
 */
export type SandboxNeeds =
  | Permission
  | readonly Permission[]
  | { readonly anyOf: readonly Permission[] }
  | { readonly rule: 'connect' | 'activate' }

/**
 * The same, and what concerns the organisation as a whole. `anywhere`: held in at least one sandbox. That is enough only where the
 * answer is cut down to what is allowed, or the change is: roles, tokens, queues. `everywhere`: held in all sandboxes.
 */
export type Needs =
  | SandboxNeeds
  | { readonly anywhere: Permission }
  | { readonly everywhere: Permission }

/**
 * The needs as groups of alternatives: one permission of each group is needed.
 *
 * @param rule `seed` is what the seed and the editions of 2023 say: Manage Destinations to connect, and to activate that, Activate
 * Destinations, View Profiles and View Segments. `latest`: View Destinations beside Manage to connect, and in place of it to
 * activate, where Activate Segment without Mapping will do in place of Activate Destinations.
 */
export function alternativesOf(
  needs: SandboxNeeds,
  rule: PermissionRule,
): readonly (readonly Permission[])[] {
  if (typeof needs === 'string') return [[needs]]
  if ('anyOf' in needs) return [needs.anyOf]
  if ('rule' in needs) return rules[rule][needs.rule]
  return needs.map((permission) => [permission])
}

const rules = {
  seed: {
    connect: [['manage-destinations']],
    activate: [
      ['manage-destinations'],
      ['activate-destinations'],
      ['view-profiles'],
      ['view-segments'],
    ],
  },
  latest: {
    connect: [['view-destinations'], ['manage-destinations']],
    activate: [
      ['view-destinations'],
      ['activate-destinations', 'activate-segment-without-mapping'],
      ['view-profiles'],
      ['view-segments'],
    ],
  },
} as const satisfies Record<
  PermissionRule,
  Record<'connect' | 'activate', readonly (readonly Permission[])[]>
>
