import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { dueQueue } from './due-queue.ts'
import { garbageLine } from './garbage.ts'
import { newPerson, type Person } from './person.ts'
import { randomFrom } from './random.ts'
import { checkSampleOptions, type SampleOptions } from './sample-options.ts'
import { sampleSegments } from './segments.ts'
import { nextUpdate } from './update.ts'
import { zipf } from './zipf.ts'

/** Between an update and its arrival lies a little of this, so that close ones come out of order. */
const jitterMs = 1_500

interface SessionPlan {
  readonly startMs: number
  readonly profile: number
  readonly updates: number
}

/** What waits for its time: the next update of a session, or a line that is on its way. */
type Pending =
  | { readonly kind: 'session'; readonly profile: number; readonly left: number }
  | { readonly kind: 'line'; readonly line: string }

/**
 * Makes a stream of profile updates, one JSON object a line, without line ends. People come in sessions; busy ones come
 * often. Lines are in the order in which they arrive, which is not quite the order in which things happened.
 * Deterministic: the same options give the same lines. Memory grows with the number of profiles, not of updates.
 * @throws RangeError where an option is out of its range
 */
export function* sampleLines(options: SampleOptions): Generator<string, void> {
  checkSampleOptions(options)
  const { seed, baseTimeMs } = options
  const segments = sampleSegments(seed, options.segments)
  const personRandom = randomFrom(seed, 'person')
  const updateRandom = randomFrom(seed, 'update')
  const arrivalRandom = randomFrom(seed, 'arrival')
  const garbageRandom = randomFrom(seed, 'garbage')

  const people: Person[] = Array.from({ length: options.profiles }, (_, index) =>
    newPerson(seed, index, personRandom),
  )
  const personAt = (profile: number): Person => {
    const person = people[profile]
    if (person === undefined) throw new RangeError(`no profile ${profile}`)
    return person
  }
  const queue = dueQueue<Pending>()

  const arrive = (line: string, atMs: number): void => {
    const late = arrivalRandom.chance(options.lateShare)
    const delayMs = late ? arrivalRandom.below(options.lateMs + 1) : arrivalRandom.below(jitterMs)
    queue.add(atMs + delayMs, { kind: 'line', line })
    if (arrivalRandom.chance(options.duplicateShare)) {
      queue.add(atMs + delayMs + arrivalRandom.below(60_000), { kind: 'line', line })
    }
  }
  const continueSession = (profile: number, left: number, atMs: number): void => {
    // Nothing happens after the base time, however long a session is.
    const nowMs = Math.min(atMs, baseTimeMs)
    const update = nextUpdate(personAt(profile), segments, nowMs, options, updateRandom)
    arrive(JSON.stringify(update), nowMs)
    if (left === 1) return
    const nextMs = nowMs + 1 + Math.floor(arrivalRandom.exponential(options.sessionGapMs))
    queue.add(nextMs, { kind: 'session', profile, left: left - 1 })
  }
  /** Lines that are due before `untilMs`, with the broken ones between them. */
  const due = function* (untilMs: number): Generator<string, void> {
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      if (next.atMs > untilMs) {
        queue.add(next.atMs, next.item)
        return
      }
      if (next.item.kind === 'session') {
        continueSession(next.item.profile, next.item.left, next.atMs)
        continue
      }
      while (garbageRandom.chance(options.garbageShare)) {
        const person = personAt(garbageRandom.below(options.profiles))
        yield garbageLine(person, segments, baseTimeMs, garbageRandom)
      }
      yield next.item.line
    }
  }

  for (const session of planSessions(options)) {
    yield* due(session.startMs)
    continueSession(session.profile, session.updates, session.startMs)
  }
  yield* due(Number.POSITIVE_INFINITY)
}

/** Plans sessions in order of their start, so that all updates are used up and every profile has at least one. */
function* planSessions(options: SampleOptions): Generator<SessionPlan, void> {
  const random = randomFrom(options.seed, 'session')
  const draw = zipf(options.profiles, options.zipfExponent)
  // Who is busy must not depend on the order in which people first appear.
  const byRank = shuffled(options.profiles, randomFrom(options.seed, 'rank'))
  const firstTimers = shuffled(options.profiles, randomFrom(options.seed, 'first'))

  const meanUpdates = options.sessionUpdates
  // Cut to whole numbers, an exponential with this mean has the mean `meanUpdates` − 1.
  const lengthMean = meanUpdates > 1 ? 1 / Math.log(1 + 1 / (meanUpdates - 1)) : 0
  const meanGapMs = (options.spanMs * meanUpdates) / options.updates
  let startMs = options.baseTimeMs - options.spanMs
  let updatesLeft = options.updates
  while (updatesLeft > 0) {
    const sessionsLeft = updatesLeft / meanUpdates
    // Reaches 1 when as many updates are left as people without one.
    const first = random.chance(firstTimers.length / sessionsLeft) ? firstTimers.pop() : undefined
    const profile = first ?? byRank[draw(random)] ?? 0
    const wanted = 1 + Math.floor(random.exponential(lengthMean))
    // One update must be left for everybody who had none yet.
    const updates = Math.max(1, Math.min(wanted, updatesLeft - firstTimers.length))
    updatesLeft -= updates
    startMs = Math.min(startMs + Math.floor(random.exponential(meanGapMs)), options.baseTimeMs)
    yield { startMs, profile, updates }
  }
}

function shuffled(count: number, random: { readonly below: (bound: number) => number }): number[] {
  const list = Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index -= 1) {
    const other = random.below(index + 1)
    const moved = list[index] ?? index
    list[index] = list[other] ?? other
    list[other] = moved
  }
  return list
}

const linesPerChunk = 500

/** Writes the sample to a file, one update a line. @returns how many lines */
export async function writeSample(file: string, options: SampleOptions): Promise<number> {
  let lineCount = 0
  const chunks = function* (): Generator<string, void> {
    let chunk: string[] = []
    for (const line of sampleLines(options)) {
      lineCount += 1
      chunk.push(line)
      if (chunk.length === linesPerChunk) {
        yield `${chunk.join('\n')}\n`
        chunk = []
      }
    }
    if (chunk.length > 0) yield `${chunk.join('\n')}\n`
  }
  await pipeline(Readable.from(chunks(), { objectMode: false }), createWriteStream(file))
  return lineCount
}
