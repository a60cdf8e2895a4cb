import type { AlertFacts, AlertSubject } from './alert.ts'
import type { Observation, RunObservation } from './observation.ts'
import type { AlertRule, AlertRuleSettings } from './rules.ts'

/** Something that is above what a rule allows, now. */
export interface Breach extends AlertSubject, AlertFacts {}

/** The settings that count in a sandbox. */
export type RuleSettings = Readonly<Record<AlertRule, AlertRuleSettings>>

const hourMs = 3_600_000
/** A run that began longer ago says nothing of how things are now, but for records that still wait. */
const runSaysForMs = 3 * hourMs
/** A pause that ended is over only when nobody paused it again: the next try takes a moment. */
const pauseGraceMs = 30_000

/**
 * What is above what the rules allow, at most one of each subject.
 *
 * @param settings of each rule; those that are switched off find nothing
 */
export function findBreaches(observation: Observation, settings: RuleSettings): readonly Breach[] {
  const found: readonly Breach[] = [
    ...runBreaches(observation, settings),
    ...solutionBreaches(observation, settings['solution-unreachable']),
    ...observation.deadLetters.flatMap(({ flowId, solution, count }) =>
      above('dead-letters', settings, count, {
        flowId,
        solution,
        detail: `${count} dead letters of ${solution} wait for a person`,
      }),
    ),
    ...observation.failedSegments.flatMap(({ flowId, solution, count, code }) =>
      above('segment-failed', settings, count, {
        flowId,
        solution,
        code,
        detail: `${solution} refuses ${count} of the segments`,
      }),
    ),
    ...lagBreaches(observation, settings),
    ...observation.failedJobs.flatMap(({ queue, count }) =>
      above('jobs-failed', settings, count, { queue, detail: `${count} jobs of ${queue} failed` }),
    ),
    ...clockBreaches(observation, settings),
  ]
  return found.flatMap((breach) => {
    if (!settings[breach.rule].enabled) return []
    if (breach.flowId === undefined) return [breach]
    const flowName = observation.flows.get(breach.flowId)
    return flowName === undefined ? [] : [{ ...breach, flowName }]
  })
}

type Rest = Omit<Breach, 'rule' | 'value' | 'threshold'>

function above(
  rule: AlertRule,
  settings: RuleSettings,
  value: number,
  rest: Rest,
): readonly Breach[] {
  const { threshold } = settings[rule]
  return value > threshold ? [{ rule, value, threshold, ...rest }] : []
}

function runBreaches({ runs, nowMs }: Observation, settings: RuleSettings): readonly Breach[] {
  const byPlace = Map.groupBy(runs, ({ flowId, solution }) => `${flowId}|${solution}`)
  return [...byPlace.values()].flatMap((ofPlace) => {
    const newestFirst = ofPlace.toSorted((one, other) => other.startedMs - one.startedMs)
    const recent = newestFirst.filter(({ startedMs }) => startedMs > nowMs - runSaysForMs)
    return [
      ...failureOf(recent, settings),
      ...skippedOf(recent, settings),
      ...delayOf(newestFirst, nowMs, settings),
    ]
  })
}

/** By the newest run of which anything is settled: one that goes well after one that failed ends the alert. */
function failureOf(recent: readonly RunObservation[], settings: RuleSettings): readonly Breach[] {
  const run = recent.find((one) => settled(one) > 0)
  if (run === undefined) return []
  return above('run-failed', settings, run.failed, {
    flowId: run.flowId,
    solution: run.solution,
    detail: `${run.failed} of ${run.received} records of the run of ${timeOf(run.startedMs)} failed`,
  })
}

/** By the newest run of which enough is settled: one record of three is a third, and says nothing. */
function skippedOf(recent: readonly RunObservation[], settings: RuleSettings): readonly Breach[] {
  const recordsMin = Math.max(settings['skipped-rate'].recordsMin, 1)
  const run = recent.find((one) => settled(one) >= recordsMin)
  if (run === undefined) return []
  const percent = Math.round((run.excluded / settled(run)) * 10_000) / 100
  return above('skipped-rate', settings, percent, {
    flowId: run.flowId,
    solution: run.solution,
    detail: `${percent} % of ${settled(run)} records of the run of ${timeOf(run.startedMs)} were excluded`,
  })
}

function delayOf(
  newestFirst: readonly RunObservation[],
  nowMs: number,
  settings: RuleSettings,
): readonly Breach[] {
  const oldest = newestFirst.findLast(({ pending }) => pending > 0)
  if (oldest === undefined) return []
  const { flowId, solution, pending, startedMs } = oldest
  return above('run-delayed', settings, Math.floor((nowMs - startedMs) / 1_000), {
    flowId,
    solution,
    detail: `${pending} records of the run of ${timeOf(startedMs)} still wait`,
  })
}

/** Records of which it is known what became of them; those that were superseded are no part of a share. */
function settled({ activated, excluded, failed }: RunObservation): number {
  return activated + excluded + failed
}

function solutionBreaches(
  { pauses, nowMs }: Observation,
  { threshold }: AlertRuleSettings,
): readonly Breach[] {
  return pauses.flatMap(({ solution, pause }): readonly Breach[] => {
    const { code, setting, sinceMs, untilMs } = pause
    // A wrong setting is wrong until something goes well; an outage or a limit is over with its pause, as far as anybody knows.
    if (setting === undefined && untilMs + pauseGraceMs <= nowMs) return []
    const value = Math.floor(Math.max(nowMs - sinceMs, 0) / 1_000)
    if (value < threshold) return []
    // The pause's own detail is the solution's text, which might hold anything.
    const detail =
      setting === undefined
        ? `nothing is sent to ${solution} since ${timeOf(sinceMs)}`
        : `nothing is sent to ${solution} since ${timeOf(sinceMs)}: look at its setting ${setting}`
    return [{ rule: 'solution-unreachable', solution, value, threshold, code, detail }]
  })
}

function lagBreaches({ lags, nowMs }: Observation, settings: RuleSettings): readonly Breach[] {
  const [first] = lags.toSorted((one, other) => one.oldestMs - other.oldestMs)
  if (first === undefined) return []
  return above('lag', settings, Math.floor(Math.max(nowMs - first.oldestMs, 0) / 1_000), {
    detail: `the oldest update that is not stepped came at ${timeOf(first.oldestMs)}; ${lags.length} partitions lag`,
  })
}

/** One alert for all: where Redis’ own clock is wrong, every worker’s differs. */
function clockBreaches({ clocks }: Observation, settings: RuleSettings): readonly Breach[] {
  const [worst] = clocks.toSorted((one, other) => Math.abs(other.skewMs) - Math.abs(one.skewMs))
  if (worst === undefined) return []
  const seconds = Math.round(Math.abs(worst.skewMs) / 100) / 10
  const { threshold } = settings['clock-skew']
  const wrong = clocks.filter(({ skewMs }) => Math.abs(skewMs) > threshold * 1_000)
  const way = worst.skewMs > 0 ? 'ahead of' : 'behind'
  return above('clock-skew', settings, seconds, {
    detail: `the clock of worker ${worst.worker} is ${seconds} s ${way} Redis’; of ${clocks.length} workers’ clocks ${wrong.length} differ`,
  })
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
