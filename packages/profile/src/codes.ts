/**
 * The machines' words as small integers, for the hot path and for what is stored.
 * A test proves that each constant is the index of its word in the lists beside the machines.
 */
export const Absent = 0
export const Realized = 1
export const Exited = 2
export const Expired = 3

/** Codes of membership events: a kind plus one of `newer`, `tied`, `older`. */
export const RealizedKind = 0
export const LapsedKind = 3
export const ExitedKind = 6
export const Newer = 0
export const Tied = 1
export const Older = 2
export const Due = 9
export const Forget = 10

/** Action bits of a membership cell. */
export const Take: number = 1 << 3
export const Enter: number = 1 << 4
export const Leave: number = 1 << 5

export const Active = 0
export const OptedOut = 1
export const Erasing = 2
export const Forgotten = 3

/** Codes of profile events. */
export const Update = 0
export const Withdraw = 1
export const Give = 2
export const Erase = 3
export const Acknowledged = 4
export const Empty = 5

/** Action bits of a profile cell. */
export const Track: number = 1 << 3
export const Publish: number = 1 << 4
export const Retract: number = 1 << 5
export const Restore: number = 1 << 6
export const Drop: number = 1 << 7
