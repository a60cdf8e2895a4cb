import { namespaceOf, solutionNamespaces } from '@segue/model'
import type { Identity } from '@segue/model'

/** The parts of an identity. */
export function identityParts(identity: Identity): {
  readonly namespace: string
  readonly value: string
} {
  const namespace = namespaceOf(identity)
  return { namespace, value: identity.slice(namespace.length + 1) }
}

/**
 * The form in which a value of a namespace is compared with what Campaign has. Hashes, digits and UUIDs are the same in either
 * case, and a field filled by an import may differ in it; ids of other namespaces are compared exactly.
 */
export function comparable(namespace: string, value: string): string {
  const known: readonly string[] = solutionNamespaces
  return known.includes(namespace) ? value.trim().toLowerCase() : value
}
