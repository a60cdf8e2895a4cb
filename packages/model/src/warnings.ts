import type { WarningCode } from './codes.ts'

/**
 * Something that was left out of an accepted update. `detail` names the place, never an identity.
 */
export interface Warning {
  readonly code: WarningCode
  readonly detail: string
}

/**
 * A broken export repeats one mistake thousands of times: the first ones tell all there is to know.
 */
export const maxWarnings = 20

/** Collects warnings up to a bound; the last one says how many more there were. */
export class Warnings {
  #list: Warning[] | undefined
  #unlisted = 0

  add(code: WarningCode, detail: string): void {
    this.#list ??= []
    if (this.#list.length < maxWarnings - 1) this.#list.push({ code, detail })
    else this.#unlisted += 1
  }

  all(): readonly Warning[] {
    if (this.#list === undefined) return none
    if (this.#unlisted === 0) return this.#list
    return [...this.#list, { code: 'WARNING_LIMIT', detail: `${this.#unlisted} more warnings` }]
  }
}

const none: readonly Warning[] = Object.freeze([])
