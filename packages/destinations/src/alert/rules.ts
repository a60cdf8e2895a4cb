export type AlertRule =
  | 'run-failed'
  | 'run-delayed'
  | 'skipped-rate'
  | 'solution-unreachable'
  | 'segment-failed'
  | 'dead-letters'
  | 'lag'
  | 'jobs-failed'
  | 'clock-skew'

/** One thing that people can be told of. */
export interface AlertRuleDescription {
  readonly name: string
  /** What it means that it is raised. */
  readonly meaning: string
  /** What to do. */
  readonly remedy: string
  readonly severity: 'warning' | 'critical'
  /** What an alert of this rule is about; one alert each. */
  readonly about: 'flow' | 'solution' | 'sandbox' | 'queue'
  /** What `threshold` counts. */
  readonly unit: 'percent' | 'seconds' | 'records' | 'jobs' | 'segments'
  readonly defaults: AlertRuleSettings
}

/** What may be set of a rule, per sandbox. */
export interface AlertRuleSettings {
  readonly enabled: boolean
  /** It is raised above this, in the rule's unit. */
  readonly threshold: number
  /** It must have been so for this long before it is raised; gaps shorter than `resolveAfterSecs` do not count. */
  readonly raiseAfterSecs: number
  /** It must have been over for this long before it counts as over: what flaps is told once. */
  readonly resolveAfterSecs: number
  /** A run with fewer settled records says nothing; 0 where the rule is not about a share. */
  readonly recordsMin: number
}

/** A rule's settings where a sandbox has changed them. Document id: `alertRuleDocumentId`. */
export interface AlertRuleDocument extends AlertRuleSettings {
  readonly sandboxName: string
  readonly rule: AlertRule
}

/**
 * Experience Platform's alerts for destinations (`reference/platform.md` §9.4: failure, delay of 150 minutes, skipped rate of
 * 1 %), and what else keeps memberships from arriving. Its "start" and "success" are left out: a streaming dataflow starts and
 * succeeds every hour, and a message an hour is one that nobody reads.
 */
export const alertRules: Readonly<Record<AlertRule, AlertRuleDescription>> = {
  'run-failed': {
    name: 'Flow run failure',
    meaning: 'Records of a dataflow run failed for good at the solution.',
    remedy: 'Look at `failedInfo` of the run and at `GET /v1/dead-letters`.',
    severity: 'critical',
    about: 'flow',
    unit: 'records',
    defaults: settings({ threshold: 0, raiseAfterSecs: 0, resolveAfterSecs: 300 }),
  },
  'run-delayed': {
    name: 'Flow run delay',
    meaning: 'Records of a dataflow run wait for longer than they should.',
    remedy: 'Look at the solution’s state in `GET /v1/status`, and at its queue.',
    severity: 'warning',
    about: 'flow',
    unit: 'seconds',
    defaults: settings({ threshold: 9_000, raiseAfterSecs: 0, resolveAfterSecs: 300 }),
  },
  'skipped-rate': {
    name: 'Activation skipped rate exceeded',
    meaning: 'More of a run’s records were excluded than should be.',
    remedy:
      'Look at `skippedInfo` of the run: identities that the solution does not take, consent, governance.',
    severity: 'warning',
    about: 'flow',
    unit: 'percent',
    defaults: settings({
      threshold: 1,
      raiseAfterSecs: 0,
      resolveAfterSecs: 300,
      recordsMin: 100,
    }),
  },
  'solution-unreachable': {
    name: 'Solution unreachable',
    meaning: 'Nothing can be sent to a solution: it is down, over its limits, or set up wrongly.',
    remedy:
      'Read the code: a wrong setting is named in `GET /v1/status`; all else goes on by itself.',
    severity: 'critical',
    about: 'solution',
    unit: 'seconds',
    defaults: settings({ threshold: 0, raiseAfterSecs: 300, resolveAfterSecs: 60 }),
  },
  'segment-failed': {
    name: 'Segment cannot be made',
    meaning: 'A solution refuses to make, rename or remove a segment’s counterpart.',
    remedy: 'Look at the dataflow’s solutions: the trouble stands with the segment.',
    severity: 'critical',
    about: 'flow',
    unit: 'segments',
    defaults: settings({ threshold: 0, raiseAfterSecs: 0, resolveAfterSecs: 60 }),
  },
  'dead-letters': {
    name: 'Dead letters',
    meaning: 'Records that failed for good are kept and wait for a person.',
    remedy: 'Mend the cause, then replay them; see `GET /v1/dead-letters`.',
    severity: 'warning',
    about: 'flow',
    unit: 'records',
    defaults: settings({ threshold: 0, raiseAfterSecs: 0, resolveAfterSecs: 60 }),
  },
  lag: {
    name: 'Log lag',
    meaning: 'Accepted updates are not stepped in time.',
    remedy: 'Look at the processors: none runs the role `stream`, or they are too few.',
    severity: 'critical',
    about: 'sandbox',
    unit: 'seconds',
    defaults: settings({ threshold: 60, raiseAfterSecs: 30, resolveAfterSecs: 60 }),
  },
  'jobs-failed': {
    name: 'Jobs given up',
    meaning:
      'Segue gave up on jobs of its own, after many tries: trouble of ours, not of a solution.',
    remedy: 'Look at the failed jobs of the queue in `/queues`, and at the processors’ logs.',
    severity: 'warning',
    about: 'queue',
    unit: 'jobs',
    defaults: settings({ threshold: 0, raiseAfterSecs: 120, resolveAfterSecs: 60 }),
  },
  'clock-skew': {
    name: 'Clock skew',
    meaning:
      'The clock of a machine that runs a worker differs from Redis’ by more than it should. Nothing is lost by it: Segue’s times follow Redis’ clock.',
    remedy:
      'Have the machine’s clock synchronised (NTP); `workers` of `GET /v1/status` names the machines. If all differ alike, look at Redis’ own machine.',
    severity: 'warning',
    about: 'sandbox',
    unit: 'seconds',
    defaults: settings({ threshold: 1, raiseAfterSecs: 30, resolveAfterSecs: 60 }),
  },
}

/** What something is for each rule. */
export function ofEveryRule<Value>(of: (rule: AlertRule) => Value): Record<AlertRule, Value> {
  return {
    'run-failed': of('run-failed'),
    'run-delayed': of('run-delayed'),
    'skipped-rate': of('skipped-rate'),
    'solution-unreachable': of('solution-unreachable'),
    'segment-failed': of('segment-failed'),
    'dead-letters': of('dead-letters'),
    lag: of('lag'),
    'jobs-failed': of('jobs-failed'),
    'clock-skew': of('clock-skew'),
  }
}

export const alertRuleNames: readonly AlertRule[] = Object.values(ofEveryRule((rule) => rule))

export function isAlertRule(name: string): name is AlertRule {
  return Object.hasOwn(alertRules, name)
}

export function alertRuleDocumentId(sandboxName: string, rule: AlertRule): string {
  return `${sandboxName}/${rule}`
}

function settings(
  own: Pick<AlertRuleSettings, 'threshold' | 'raiseAfterSecs' | 'resolveAfterSecs'> &
    Partial<AlertRuleSettings>,
): AlertRuleSettings {
  return { enabled: true, recordsMin: 0, ...own }
}
