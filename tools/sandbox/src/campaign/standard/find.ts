import type { Row } from '../table.ts'
import { badKey, notFound } from './errors.ts'
import type { StandardInstance } from './instance.ts'
import { isPKey } from './pkeys.ts'

/**
 * The profile of a URL or a body: by PKey, and through the extended API by the value of a custom key.
 * @throws StandardRefused 404 where nobody has the key, 500 where it is none
 */
export function findProfile(instance: StandardInstance, key: string, extended: boolean): Row {
  const { profiles, settings } = instance
  const byKey = (): Row | undefined => {
    for (const field of extended ? Object.values(settings.standardKeys) : []) {
      const [id] = profiles.find([field], [key]) ?? []
      if (id !== undefined) return profiles.get(id)
    }
    return undefined
  }
  return find(instance, 'profile', key, byKey)
}

/** The service of a URL or a body: by PKey or by its name. @throws StandardRefused as `findProfile` */
export function findService(instance: StandardInstance, key: string): Row {
  const { services } = instance
  return find(instance, 'service', key, () => {
    const [id] = services.find(['name'], [key]) ?? []
    return id === undefined ? undefined : services.get(id)
  })
}

function find(
  instance: StandardInstance,
  kind: 'profile' | 'service',
  key: string,
  byRawKey: () => Row | undefined,
): Row {
  if (key.startsWith('@') && !isPKey(key)) throw badKey(kind, key)
  const table = kind === 'profile' ? instance.profiles : instance.services
  const read = instance.pkeys().read(kind, key)
  const row = read === undefined ? byRawKey() : table.get(read.id)
  if (row === undefined) throw notFound(kind, key)
  return row
}
