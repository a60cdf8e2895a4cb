import { solutionCodes } from './solution-codes/solution-codes.ts'

/** What a code in the books means to people, and what they can do. */
export interface BookCode {
  readonly code: string
  /** Whose code it is; undefined: the engine's, or any adapter's. */
  readonly solution: string | undefined
  readonly meaning: string
  readonly remedy: string
}

/**
 * Codes that Segue itself counts rows by. The Platform publishes none for streaming destinations, so these are Segue's own
 * (`reference/platform.md` §9.3); that consent and missing attributes exclude is §9.1.
 */
const engineCodes: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  CONSENT_VIOLATION: [
    'The profile has withdrawn its consent to share, so the change was not sent. The withdrawal itself was: the profile left every segment.',
    'Nothing. When consent returns, what the profile is realized in then is sent.',
  ],
  PROFILE_UNREADABLE: [
    'The stored profile is damaged: it stays as it is, what comes for it is set aside, and nothing is said of it.',
    'See `GET /v1/set-aside`. Once it can be read again, replay what is there; a backfill tells what is missing.',
  ],
  NO_IDENTITY: [
    'The profile has no identity in a namespace that the solution takes.',
    'Nothing, or send one of the namespaces that the solution’s package lists.',
  ],
  SEGMENT_NOT_ACTIVATED: [
    'The segment was deactivated between the change and its delivery.',
    'Nothing.',
  ],
  BACKLOG_FULL: [
    'More waited for the solution than `SEGUE_BACKLOG_MAX_ROWS`: the row was left out, and a reconcile, whose rows count anew, is due.',
    'Nothing: it begins once the solution takes rows again. `GET /v1/status` shows it.',
  ],
  PROFILE_ERASED: [
    'The profile was erased before the change was delivered; the row does not name it any more.',
    'Nothing.',
  ],
  ADAPTER_FAILED: [
    'The adapter threw, or answered for other rows than it got.',
    'Report it: it is a bug.',
  ],
  NOT_FOLLOWED: [
    'The solution accepted the row, and that it is to be asked about could not be noted; the row is told again.',
    'Nothing; if it lasts, Redis does not answer.',
  ],
}

/** Every code that rows may be counted by, or that a solution's trouble is named by. */
export function bookCodes(): readonly BookCode[] {
  return [
    ...Object.entries(engineCodes).map(([code, [meaning, remedy]]) => ({
      code,
      solution: undefined,
      meaning,
      remedy,
    })),
    ...Object.entries(solutionCodes).flatMap(([solution, codes]) =>
      Object.entries(codes).map(([code, [happened, follows]]) => ({
        code,
        solution: solution === '' ? undefined : solution,
        meaning: sentence(happened),
        remedy: `${sentence(follows)} ${remedyOf(follows)}`,
      })),
    ),
  ]
}

/** The entry of a code that was counted for a solution; undefined for one that is in no registry. */
export function bookCode(code: string, solution: string): BookCode | undefined {
  return (
    registry.engine.get(code) ??
    registry.bySolution.get(`${solution}|${code}`) ??
    registry.patterns.find((one) => one.entry.solution === solution && one.pattern.test(code))
      ?.entry ??
    registry.bySolution.get(`|${code}`) ??
    registry.patterns.find((one) => one.entry.solution === undefined && one.pattern.test(code))
      ?.entry
  )
}

/** What somebody can do, by what the engine does: said here once rather than in each of some two hundred rows. */
const remedies: readonly (readonly [follows: RegExp, remedy: string])[] = [
  [/look at|^(?:set|make|delete) /, 'Rows wait meanwhile, and go on by themselves.'],
  [
    /again|repeated|in doubt/,
    'After ten tries a row becomes a dead letter (`GET /v1/dead-letters`): look at the solution then, and start a backfill.',
  ],
  [/waits/, 'It goes on by itself.'],
  [
    /excluded/,
    'Nothing, unless the person is to be there: then correct the person’s identities or consent.',
  ],
  [
    /failed/,
    'See `GET /v1/dead-letters` for the rows, correct what the meaning says, and start a backfill.',
  ],
]

function remedyOf(follows: string): string {
  return remedies.find(([pattern]) => pattern.test(follows))?.[1] ?? 'Nothing is to be done.'
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

const registry = buildRegistry()

function buildRegistry() {
  const all = bookCodes()
  const engine = new Map(
    all.filter(({ code }) => Object.hasOwn(engineCodes, code)).map((one) => [one.code, one]),
  )
  const bySolution = new Map(all.map((one) => [`${one.solution ?? ''}|${one.code}`, one]))
  // `HTTP_<status>` stands for `HTTP_502` and all others.
  const patterns = all
    .filter(({ code }) => code.includes('<'))
    .map((entry) => ({
      entry,
      pattern: new RegExp(`^${entry.code.replace(/<\w+>/, '[A-Z0-9_-]+')}$`),
    }))
  return { engine, bySolution, patterns }
}
