export * as codes from './codes.ts'
export { compile, type TransitionTable } from './compile.ts'
export { desired, type Desired } from './desired.ts'
export * from './log-record.ts'
export { membershipEvents, membershipMachine, membershipStates } from './membership-machine.ts'
export {
  emptyProfile,
  exitKeptMs,
  identityLimit,
  membershipOffset,
  nextDueMs,
  QualifiedMs,
  RevisionMs,
  RevisionSequence,
  Segment,
  State,
  stateSinceMs,
  stride,
  UntilMs,
  type Profile,
} from './profile.ts'
export { type Unstale, withoutStale } from './stale.ts'
export { profileEvents, profileMachine, profileStates } from './profile-machine.ts'
export {
  Changed,
  Dropped,
  noEffects,
  Unchanged,
  type Moment,
  type StepEffects,
} from './step-effects.ts'
export { step } from './step.ts'
export {
  actorTransitions,
  membershipTable,
  profileTable,
  tableTransitions,
  type Transitions,
} from './transitions.ts'
