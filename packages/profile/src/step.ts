import { Acknowledged, Erase } from './codes.ts'
import { drop } from './drop.ts'
import { AcknowledgedKind, DueKind, EraseKind, type LogRecord, UpdateKind } from './log-record.ts'
import type { Profile } from './profile.ts'
import { stepDue } from './step-due.ts'
import { Changed, type Moment, type StepEffects, Unchanged } from './step-effects.ts'
import { stepUpdate } from './step-update.ts'
import type { Transitions } from './transitions.ts'
import { turn } from './turn.ts'

/**
 * Steps one profile by one record. Deterministic, synchronous, and free of clock, I/O and randomness; changes `profile` in
 * place and adds to `effects`.
 *
 * @param segments dictionary index of each segment of the record's batch; negative where the dictionary is full
 * @returns `Unchanged`, `Changed` or `Dropped`
 */
export function step(
  profile: Profile,
  record: LogRecord,
  segments: readonly number[],
  moment: Moment,
  transitions: Transitions,
  effects: StepEffects,
): number {
  switch (record[0]) {
    case UpdateKind:
      return stepUpdate(profile, record, segments, moment, transitions, effects)
    case DueKind:
      return stepDue(profile, record, moment, transitions, effects)
    case EraseKind:
      return turn(profile, Erase, moment, transitions, effects) ? Changed : Unchanged
    case AcknowledgedKind:
      return drop(profile, Acknowledged, transitions, effects)
  }
}
