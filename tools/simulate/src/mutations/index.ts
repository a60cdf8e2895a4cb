import { deliveryMutations } from './delivery-mutations.ts'
import { logMutations } from './log-mutations.ts'
import type { Mutation } from './mutation.ts'
import { ownerMutations } from './owner-mutations.ts'

/** Every way in which the system is made wrong to see whether the checkers bite. */
export const mutations: readonly Mutation[] = [
  ...logMutations,
  ...ownerMutations,
  ...deliveryMutations,
]
