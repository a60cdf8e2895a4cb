/**
 * Tells when the store may have lost the newest of what it held: it was away and is back, perhaps as another server, from a
 * file, or as what was a replica.
 */
export interface Interruptions {
  /** @returns ends it */
  readonly watch: (interrupted: () => void) => () => void
}
