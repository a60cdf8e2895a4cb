import { hash } from 'node:crypto'

/**
 * An identity as logs may show it: its namespace and the start of its SHA-256, so that lines about one profile can be found
 * together, and by whoever knows the identity, but nobody learns it from them.
 *
 * @param identity `namespace:id`
 */
export function maskIdentity(identity: string): string {
  const namespace = identity.slice(0, Math.max(identity.indexOf(':'), 0))
  return `${namespace}:sha256-${hash('sha256', identity, 'hex').slice(0, shownDigits)}`
}

/** Few enough to stand in a line, enough to tell the profiles of one incident apart. */
const shownDigits = 12
