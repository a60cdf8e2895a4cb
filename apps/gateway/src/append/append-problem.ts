import { redisTrouble } from '@segue/redis'
import { Problem } from '../problem.ts'
import { redisProblem } from '../to-problem.ts'
import type { SubmissionOutcome } from './append-groups.ts'

/**
 * The problem that a submission's outcome is to its sender; undefined where all of it is in the log.
 * @param logDrainsInSecs when senders may come again where the log is full, as far as that is known
 */
export function appendProblem(
  outcome: SubmissionOutcome,
  logDrainsInSecs?: number,
): Problem | undefined {
  if (outcome === 'appended') return undefined
  if (outcome === 'log-full') {
    return new Problem(
      'LOG_FULL',
      'updates come faster than they are stepped',
      logDrainsInSecs === undefined ? {} : { retryAfter: logDrainsInSecs },
    )
  }
  if (outcome === 'outbox-full') {
    return new Problem('OUTBOX_FULL', 'changes wait to be activated beyond their bound')
  }
  const trouble = redisTrouble(outcome)
  return trouble === undefined
    ? new Problem('INTERNAL', 'the updates could not be written', { cause: outcome })
    : redisProblem(trouble, outcome)
}
