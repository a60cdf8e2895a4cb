import type { Identity, MembershipUpdate, ProfileKey, ProfileUpdate } from '@segue/model'

/** What a partition's log holds: everything that changes a profile (design §4, "one way in"). */
export type LogRecord =
  | { readonly kind: 'update'; readonly update: ProfileUpdate }
  | { readonly kind: 'due'; readonly profileKey: ProfileKey; readonly dueMs: number; readonly acknowledged: boolean }
  | { readonly kind: 'erase'; readonly profileKey: ProfileKey }

export type { Identity, MembershipUpdate, ProfileKey }
