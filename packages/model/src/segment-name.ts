import type { Segment } from './profile-update.ts'
import { reservedKey } from './record.ts'
import { isSafeText } from './text.ts'

/**
 * For a segment's namespace and for its id, each. Ids are mostly UUIDs; external audiences have
 * longer ones.
 */
export const maxSegmentPartLength = 256

/** A namespace that can name segments, and those named so far. */
export interface SegmentNamespace {
  readonly name: string
  readonly byId: Map<string, Segment>
}

/**
 * Names segments, `namespace:id`, each part as it was given. The namespace must not hold a colon,
 * the id may.
 *
 * The same few thousand segments come again with every update, so that names are remembered:
 * looking one up costs half of checking and joining it, and joined text costs its reader a copy.
 * Remembering changes no answer and is bounded.
 */
export class SegmentNames {
  readonly #capacity: number
  readonly #namespaces = new Map<string, SegmentNamespace>()
  #size = 0

  /**
   * @param capacity names and namespaces kept; where more come, all are forgotten and the present
   *   ones learnt again
   */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Answers `undefined` where the namespace cannot name segments. */
  namespace(name: string): SegmentNamespace | undefined {
    const known = this.#namespaces.get(name)
    if (known !== undefined) return known
    if (!isSegmentPart(name) || name.includes(':')) return undefined
    this.#makeRoom()
    const namespace = { name, byId: new Map<string, Segment>() }
    this.#namespaces.set(name, namespace)
    return namespace
  }

  /** Answers `undefined` where the id cannot name a segment. */
  segment(namespace: SegmentNamespace, id: string): Segment | undefined {
    const known = namespace.byId.get(id)
    if (known !== undefined) return known
    if (!isSegmentPart(id)) return undefined
    this.#makeRoom()
    const segment = `${namespace.name}:${id}`
    namespace.byId.set(id, segment)
    return segment
  }

  #makeRoom(): void {
    if (this.#size === this.#capacity) {
      this.#namespaces.clear()
      this.#size = 0
    }
    this.#size += 1
  }
}

function isSegmentPart(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= maxSegmentPartLength &&
    text !== reservedKey &&
    isSafeText(text)
  )
}
