import { isPermission, type Permission } from './permissions.ts'

/**
 * What of a list of permissions and resource types somebody holds, in the answer's shape of the platform's effective policies
 * (`reference/platform.md` §5): a permission that is held has `*`; what is not held, or is not known, is left out.
 *
 * @param asked `/permissions/<slug>` or `/resource-types/<name>`
 * @param has whether a permission is held in the sandbox
 */
export function effectivePolicies(
  asked: readonly string[],
  has: (permission: Permission) => boolean,
): Readonly<Record<string, readonly string[]>> {
  const held = asked.flatMap((name) => {
    const actions = actionsOf(name, has)
    return actions.length > 0 ? [[name, actions] as const] : []
  })
  return Object.fromEntries(held)
}

function actionsOf(name: string, has: (permission: Permission) => boolean): readonly string[] {
  const [, kind, slug = ''] = /^\/(permissions|resource-types)\/([a-z0-9-]+)$/.exec(name) ?? []
  if (kind === 'permissions') return isPermission(slug) && has(slug) ? ['*'] : []
  const actions = resourceTypes.get(slug) ?? []
  return [...new Set(actions.flatMap(([permission, ...given]) => (has(permission) ? given : [])))]
}

/** Resource types that Segue has, and what of them each permission allows. Which permission stands for what is Segue's **[I]**. */
const resourceTypes: ReadonlyMap<string, readonly (readonly [Permission, ...string[]])[]> = new Map(
  Object.entries({
    activation: [
      ['view-destinations', 'read'],
      ['manage-destinations', 'read', 'write', 'delete'],
    ],
    'dule-labels': [['apply-data-usage-labels', 'read', 'write', 'delete']],
    'dule-policies': [
      ['view-data-usage-policies', 'read'],
      ['manage-data-usage-policies', 'read', 'write', 'delete'],
    ],
    monitoring: [['data-monitoring', 'read']],
    profiles: [
      ['view-profiles', 'read'],
      ['manage-profiles', 'read', 'write', 'delete'],
    ],
    sandboxes: [
      ['view-sandboxes', 'read'],
      ['manage-sandboxes', 'read', 'write', 'delete'],
    ],
    segments: [
      ['view-segments', 'read'],
      ['manage-segments', 'read', 'write', 'delete'],
    ],
  } as const satisfies Record<string, readonly (readonly [Permission, ...string[]])[]>),
)
