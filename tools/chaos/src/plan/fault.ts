import { solutions } from '@segue/dev'

/** Processors that are there when nothing is broken. */
export const processorCount = 3
export const gatewayCount = 2

/** Everything that a round may do to a system, and in words what it is. */
export const faultKinds = {
  'kill-processor': 'kill -9 of a processor',
  'kill-gateway': 'kill -9 of a gateway',
  'kill-both': 'kill -9 of a processor and a gateway at the same moment',
  'pause-processor': 'SIGSTOP of a processor past its lease, then SIGCONT',
  'pause-gateway': 'SIGSTOP of a gateway: requests time out, and go to the other one',
  'stop-processor': 'SIGTERM of a processor, and a start',
  'stop-gateway': 'SIGTERM of a gateway, and a start',
  'join-processor': 'one more processor comes, and goes again',
  'restart-redis': 'SIGTERM of Redis, and a start',
  'kill-redis': 'kill -9 of Redis, and a start',
  'freeze-redis': 'SIGSTOP of Redis, then SIGCONT',
  'cut-connections': 'CLIENT KILL of all connections',
  'solution-outage': 'a solution answers nothing but errors',
} as const

export type FaultKind = keyof typeof faultKinds

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultKinds, text)
}

/** One thing that is done to the system, and undone. */
export interface Fault {
  readonly kind: FaultKind
  /** After the beginning of its round, milliseconds. */
  readonly atMs: number
  /** How long it lasts; what was ended starts again then. */
  readonly forMs: number
  /** What it is done to: `processor-1`, `gateway-2`, `redis`, a solution. No two faults are done to one of them at once. */
  readonly on: readonly string[]
  /**
   * `solution-outage`: the answer. What ends and starts again: `same-name` or `new-name`. `join-processor`: how it goes, `stops`
   * or `dies`.
   */
  readonly how?: string
}

/** Faults that happen while updates come. */
export interface Round {
  /** From 1. */
  readonly number: number
  readonly faults: readonly Fault[]
}

/** As it is printed: `2.4 s pause-processor processor-1 for 7.1 s`. */
export function describeFault({ kind, atMs, forMs, on, how }: Fault): string {
  const parts = [secondsOf(atMs), kind, on.join(' + ')]
  if (forMs > 0) parts.push(`for ${secondsOf(forMs)}`)
  if (how !== undefined) parts.push(`(${how})`)
  return parts.join(' ')
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

/** What a fault of this kind may be done to. */
export function targetsOf(kind: FaultKind): readonly (readonly string[])[] {
  const processors = names('processor', processorCount)
  const gateways = names('gateway', gatewayCount)
  switch (kind) {
    case 'kill-processor':
    case 'pause-processor':
    case 'stop-processor':
      return processors.map((name) => [name])
    case 'kill-gateway':
    case 'pause-gateway':
    case 'stop-gateway':
      return gateways.map((name) => [name])
    case 'kill-both':
      return processors.flatMap((one) => gateways.map((other) => [one, other]))
    case 'join-processor':
      return [[`processor-${processorCount + 1}`]]
    case 'restart-redis':
    case 'kill-redis':
    case 'freeze-redis':
    case 'cut-connections':
      return [['redis']]
    case 'solution-outage':
      return solutions.map((name) => [name])
  }
}

function names(role: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`)
}

/** Faults in which a call to a solution may lose its receipt: whoever made it died, was taken for dead, or could not write. */
const loseReceipts: ReadonlySet<FaultKind> = new Set([
  'kill-processor',
  'kill-both',
  'pause-processor',
  'join-processor',
  'restart-redis',
  'kill-redis',
  'freeze-redis',
  'cut-connections',
])

/** Whether a solution may be told something twice because of it. */
export function mayDouble({ kind, how }: Fault): boolean {
  if (kind === 'join-processor') return how === 'dies'
  return loseReceipts.has(kind)
}
