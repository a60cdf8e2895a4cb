/** What is wrong with Redis, where that is why a command failed: not a defect of ours, and over one day. */
export interface RedisTrouble {
  readonly kind: TroubleKind
  /** What is wrong, in a sentence without a full stop. Names no key and no value. */
  readonly what: string
  /** What a person should do, where waiting is not enough. */
  readonly remedy: string
}

/**
 * `away`: there is no connection. `silent`: there is one, and no answer in time. `refuses-writes`: it answers and takes no
 * changes. `not-replicated`: it took the change, and too few replicas confirmed it in time. The others: it says itself that
 * the command has to wait.
 */
export type TroubleKind =
  | 'away'
  | 'silent'
  | 'loading'
  | 'busy'
  | 'refuses-writes'
  | 'moved'
  | 'denied'
  | 'not-replicated'

/** A change was made, and too few replicas confirmed it in time: it may or may not outlive a failover. */
export class NotReplicated extends Error {
  override readonly name = 'NotReplicated'
}

/**
 * The one place that reads errors of Redis and its client. Looks through causes.
 * @returns undefined for everything that is not Redis' present state: a defect of ours
 */
export function redisTrouble(error: unknown): RedisTrouble | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof NotReplicated) return notReplicated
  // A script's error names the script behind what Redis says: the first word is still Redis'.
  const message = error.message.replace(redirections, '')
  const [word = ''] = message.split(/[\s:]/, 1)
  const refusal = byWord.get(word)
  if (refusal !== undefined) return refusal
  if (message === 'Command timed out') return silent
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (awayWords.has(error.name) || awayWords.has(message) || awayWords.has(code)) return away
  return redisTrouble(error.cause)
}

/** What the client of a cluster puts before the last of the answers that it followed. */
const redirections = /^Too many Cluster redirections\. Last error: (?:\w*Error: )?/

/** Whether an error says no more than that Redis cannot be reached. */
export function isRedisAway(error: unknown): boolean {
  return redisTrouble(error)?.kind === 'away'
}

/**
 * Tells each trouble once, however many commands meet it, until it was not met for `quietMs`.
 *
 * `openRedis` tells by itself that Redis is away, so that is not told again here.
 * @returns whether the error was trouble with Redis, told now or before
 */
export function tellTroubleOnce(
  tell: (trouble: RedisTrouble) => void,
  {
    nowMs = () => performance.now(),
    quietMs = 60_000,
  }: { readonly nowMs?: () => number; readonly quietMs?: number } = {},
): (error: unknown) => boolean {
  /** When each kind was last met. */
  const met = new Map<string, number>()
  return (error) => {
    const trouble = redisTrouble(error)
    if (trouble === undefined) return false
    const atMs = nowMs()
    const beforeMs = met.get(trouble.what)
    met.set(trouble.what, atMs)
    const isNew = beforeMs === undefined || atMs - beforeMs > quietMs
    if (isNew && trouble.kind !== 'away') tell(trouble)
    return true
  }
}

const away: RedisTrouble = {
  kind: 'away',
  what: 'Redis does not answer',
  remedy: 'Start Redis, or correct REDIS_URL; what was accepted goes on by itself.',
}

const silent: RedisTrouble = { ...away, kind: 'silent' }

const notReplicated: RedisTrouble = {
  kind: 'not-replicated',
  what: 'too few replicas confirmed in time: it may or may not be kept, so send it again',
  remedy: 'Bring the replicas back, or lower SEGUE_REPLICAS_TO_WAIT_FOR.',
}

const loading: RedisTrouble = {
  kind: 'loading',
  what: 'Redis is loading its data',
  remedy: 'Wait; it takes about a minute for 10 GB.',
}

const busy: RedisTrouble = {
  kind: 'busy',
  what: 'a script or function holds Redis up',
  remedy: 'Wait, or end it with SCRIPT KILL; none of Segue’s own runs that long.',
}

const readOnly: RedisTrouble = {
  kind: 'refuses-writes',
  what: 'Redis is read-only: it has become a replica',
  remedy: 'Have REDIS_URL name the new primary; Segue connects anew until it can write.',
}

const full: RedisTrouble = {
  kind: 'refuses-writes',
  what: 'Redis is out of memory',
  remedy: 'Raise maxmemory, or let the solutions drain; nothing is evicted.',
}

const unsaved: RedisTrouble = {
  kind: 'refuses-writes',
  what: 'Redis cannot save to disk and refuses writes',
  remedy: 'Free its disk or lift its file-size limit; see Redis’ own log.',
}

const unreplicated: RedisTrouble = {
  kind: 'refuses-writes',
  what: 'Redis has fewer replicas than min-replicas-to-write and refuses writes',
  remedy: 'Bring the replicas back.',
}

const moved: RedisTrouble = {
  kind: 'moved',
  what: 'Redis Cluster moves slots or has none for this key',
  remedy: 'Wait for the move to end; CLUSTER INFO tells of slots that nobody serves.',
}

const denied: RedisTrouble = {
  kind: 'denied',
  what: 'Redis does not let this user in, or not do this',
  remedy: 'Correct user and password in REDIS_URL, and the user’s ACL.',
}

/** By the first word of what Redis answers. */
const byWord: ReadonlyMap<string, RedisTrouble> = new Map([
  ['LOADING', loading],
  ['BUSY', busy],
  ['READONLY', readOnly],
  ['UNBLOCKED', readOnly],
  ['MASTERDOWN', readOnly],
  ['OOM', full],
  ['MISCONF', unsaved],
  ['NOREPLICAS', unreplicated],
  ['MOVED', moved],
  ['ASK', moved],
  ['TRYAGAIN', moved],
  ['CLUSTERDOWN', moved],
  ['NOAUTH', denied],
  ['WRONGPASS', denied],
  ['NOPERM', denied],
])

/** Names, messages and codes of the errors that the client gives its commands, and tells of, while there is no connection. */
const awayWords: ReadonlySet<string> = new Set([
  'MaxRetriesPerRequestError',
  'AbortError',
  'ClusterAllFailedError',
  'Connection is closed.',
  'None of startup nodes is available',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])
