/**
 * Every key of Segue is built here. Hash tags put all that one script touches into one slot, so that the same scripts run on
 * Redis Cluster (design §5).
 */
export interface PartitionKeys {
  /** Stream of record batches. */
  readonly log: string
  /** Hash: profile key → packed state. */
  readonly profiles: string
  /** Hash: index → segment, append-only. */
  readonly segments: string
  /** String: `worker:nonce` of who may commit. */
  readonly owner: string
  /** String: id of the last entry whose effects are committed. */
  readonly offset: string
  /** Sorted set: profile key by the time it is next due. */
  readonly timers: string
  /** Hash: `dataflow|due@hour` → generation of the bucket that commits of that hour write to. */
  readonly open: string
  /** Set: `dataflow|due@hour|generation` of buckets that no commit writes to any more and that are not settled. */
  readonly sealed: string
  /** Prefix of lists of chunks; a bucket's name follows. */
  readonly outbox: string
  /** Prefix of hashes: range → progress; a bucket's name follows. */
  readonly plan: string
  readonly counters: string
  readonly books: string
  /** Prefix of hashes: `solution|outcome` → number; `dataflow:hour` follows. */
  readonly run: string
  /** Prefix of sorted sets: hours of which there are runs; a dataflow follows. */
  readonly runs: string
  /** Hash: `dataflow|order|solution` → how far that backfill is, JSON. */
  readonly backfills: string
  /** Hash: `dataflow|solution|what` → what is held for a solution, and what was left out of that. */
  readonly backlog: string
  /** String: version of the dataflows that commits must have gone by. */
  readonly dataflows: string
  /** Prefixes of all ledgers and of all hashes of dead letters; `dataflow:solution` follows. */
  readonly ledgers: string
  readonly letters: string
  /** Sorted set: hash of an erased profile key by when its erasure was asked for. */
  readonly tombstones: string
  /** Hash: hash of a profile key → id of the request to erase it that is under way. */
  readonly erasing: string
  /** Sorted set: ids of requests to erase a profile by their time. */
  readonly erasures: string
  /** Prefix of hashes, one a request; its id follows. */
  readonly erasure: string
  /** Prefix of strings with a time to live: the trace of a bucket; `dataflow:due` follows. */
  readonly trace: string
  /** Hash: `entry|code` → what could not be read. */
  readonly setAside: string
  /** Hash: profile key → what the solution was told. */
  readonly ledger: (dataflow: string, solution: string) => string
  /** Hash: profile key and segment → dead letter. */
  readonly deadLetters: (dataflow: string, solution: string) => string
}

/** Keys of one partition of a sandbox, all in one slot. */
export function partitionKeys(sandbox: string, partition: number): PartitionKeys {
  const tag = `{segue:${sandbox}:${partitionName(partition)}}`
  return {
    log: `${tag}:log`,
    profiles: `${tag}:profiles`,
    segments: `${tag}:segments`,
    owner: `${tag}:owner`,
    offset: `${tag}:offset`,
    timers: `${tag}:timers`,
    open: `${tag}:open`,
    sealed: `${tag}:sealed`,
    outbox: `${tag}:outbox:`,
    plan: `${tag}:plan:`,
    counters: `${tag}:counters`,
    books: `${tag}:books`,
    run: `${tag}:run:`,
    runs: `${tag}:runs:`,
    backfills: `${tag}:backfills`,
    backlog: `${tag}:backlog`,
    dataflows: `${tag}:dataflows`,
    ledgers: `${tag}:ledger:`,
    letters: `${tag}:dead:`,
    tombstones: `${tag}:tombstones`,
    erasing: `${tag}:erasing`,
    erasures: `${tag}:erasures`,
    erasure: `${tag}:erasure:`,
    setAside: `${tag}:set-aside`,
    trace: `${tag}:trace:`,
    ledger: (dataflow, solution) => `${tag}:ledger:${dataflow}:${solution}`,
    deadLetters: (dataflow, solution) => `${tag}:dead:${dataflow}:${solution}`,
  }
}

/** `p07`: how a partition is named in keys, job ids and logs. */
export function partitionName(partition: number): string {
  return `p${String(partition).padStart(2, '0')}`
}

/** String: what the sandbox's erased profile keys are hashed with. */
export function saltKey(sandbox: string): string {
  return `{segue:${sandbox}:privacy}:salt`
}

/** Hash: the schema of what is stored, and the oldest release that can read it. */
export const schemaKey = '{segue}:schema'

/** String: the number of partitions, fixed by the first process. */
export const partitionCountKey = '{segue}:partitions'

/** String with a time to live: written to know that Redis takes writes. */
export const writableKey = '{segue}:writable'

/** Prefix of counts with a time to live: an address → tokens from there that were not valid. */
export const authFailuresPrefix = '{segue}:auth-failures'

/** Hash: hash of a token → its grant. */
export const tokensKey = '{segue}:tokens'

/**
 * The organisation's configuration, over all sandboxes: its version, a hash of documents, a stream of audit events, and the
 * channel that tells of changes.
 *
 * @param place another than the organisation's, for tests
 */
export function organisationKeys(place = 'organisation'): {
  readonly version: string
  readonly documents: string
  readonly audit: string
  readonly channel: string
} {
  const tag = `{segue:${place}}`
  return {
    version: `${tag}:version`,
    documents: `${tag}:documents`,
    audit: `${tag}:audit`,
    channel: `segue:${place}`,
  }
}

/** Hash: worker → until when it counts as alive, and what it says of itself. */
export function workersKey(sandbox: string): string {
  return `{segue:${sandbox}:workers}:present`
}

/** Channel that tells of workers that come and go, and of partitions that are released. */
export function ownershipChannel(sandbox: string): string {
  return `segue:${sandbox}:ownership`
}

/** Hash: id → dataflow. */
export function dataflowsKey(sandbox: string): string {
  return `{segue:${sandbox}:dataflows}:all`
}

/** Number: grows with every change of the dataflows. */
export function dataflowsVersionKey(sandbox: string): string {
  return `{segue:${sandbox}:dataflows}:version`
}

/** Number: dataflows made from an older configuration are put no more. */
export function dataflowsSettledKey(sandbox: string): string {
  return `{segue:${sandbox}:dataflows}:settled`
}

/** Channel that tells of changes of the dataflows. */
export function dataflowsChannel(sandbox: string): string {
  return `segue:${sandbox}:dataflows`
}

/**
 * Of one solution: stream of receipts, hash of segments' counterparts, hash of rows that are followed, hash of its pause and
 * description, prefixes of its windows, losses and locks, prefix of its rate limit.
 */
export function solutionKeys(
  sandbox: string,
  solution: string,
): {
  readonly receipts: string
  readonly segments: string
  readonly followed: string
  readonly state: string
  readonly losses: string
  readonly lock: string
  readonly window: string
  readonly limiter: string
} {
  const tag = `{segue:${sandbox}:solution-${solution}}`
  return {
    receipts: `${tag}:receipts`,
    segments: `${tag}:segments`,
    followed: `${tag}:followed`,
    state: `${tag}:state`,
    losses: `${tag}:lost:`,
    lock: `${tag}:lock:`,
    window: `${tag}:window:`,
    limiter: `${tag}:limiter`,
  }
}

/**
 * Of a sandbox's alerts, all in one slot: who may look, when somebody last did, hash of watches, sorted set and hash of alerts
 * that are over, hash of acknowledgements, hash of messages that wait, hash of the last outcome a subscription, prefix of lists
 * of outcomes an alert.
 */
export function alertKeys(sandbox: string): {
  readonly lease: string
  readonly looked: string
  readonly watches: string
  readonly over: string
  readonly history: string
  readonly acknowledged: string
  readonly messages: string
  readonly last: string
  readonly told: string
} {
  const tag = `{segue:${sandbox}:alerts}`
  return {
    lease: `${tag}:lease`,
    looked: `${tag}:looked`,
    watches: `${tag}:watches`,
    over: `${tag}:over`,
    history: `${tag}:history`,
    acknowledged: `${tag}:acknowledged`,
    messages: `${tag}:messages`,
    last: `${tag}:last`,
    told: `${tag}:told:`,
  }
}

/** Prefix of a BullMQ queue's keys: a slot for each queue. */
export function queuePrefix(sandbox: string, queueName: string): string {
  return `{segue:${sandbox}:${queueName}}`
}
