import type { MemoryStore } from '@segue/runtime/testing'
import type { Time } from '../time/time.ts'
import type { Truth } from './truth.ts'
import type { Verdict } from './verdict.ts'

/** What every checker looks at. */
export interface Scene {
  readonly time: Time
  readonly store: MemoryStore
  readonly truth: Truth
  readonly verdict: Verdict
  readonly tell: (what: string) => void
  readonly note: (what: string) => void
}
