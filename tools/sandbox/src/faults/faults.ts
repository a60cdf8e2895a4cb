import { isObject, isWhole } from '../json/json.ts'
import { createRandom, type Random } from '../random/random.ts'
import { type FaultAnswer, FaultInvalid, faultAnswerText, parseFaultAnswer } from './answer.ts'

/** Answers that are given in order. A request takes the first entry that is for its operation, or for any. */
interface Scripted {
  readonly operation?: string
  readonly answer: FaultAnswer
}

/** Answers drawn at random: each request that it is for gets one with probability `rate`. */
interface Rated {
  readonly operation?: string
  readonly rate: number
  readonly answers: readonly FaultAnswer[]
  readonly random: Random
  readonly seed: number
}

/** What is planned for a solution, in the form in which it was given. */
interface FaultPlan {
  readonly script: readonly { readonly operation?: string; readonly answer: string }[]
  readonly rates: readonly {
    readonly operation?: string
    readonly rate: number
    readonly answers: readonly string[]
    readonly seed: number
  }[]
}

export interface Faults {
  /** Replaces the plans of the solutions that are named. @throws FaultInvalid, and then nothing is changed */
  readonly plan: (plans: unknown) => void
  readonly clear: () => void
  readonly plans: () => Record<string, FaultPlan>
  /** The fault for a request that is about to be handled; the header's one comes before any plan. */
  readonly take: (solution: string, operation: string, header: string | undefined) => FaultAnswer
}

const longestScript = 100_000

/**
 * Faults on demand (reference §7.7).
 * @param solutions names that may be planned for
 * @param quiet operations that only entries naming them are for: a script for `any` call is not meant for the token
 */
export function createFaults(
  solutions: () => readonly string[],
  quiet: ReadonlySet<string>,
): Faults {
  const scripts = new Map<string, Scripted[]>()
  const rates = new Map<string, Rated[]>()

  const isFor = (entry: { operation?: string }, operation: string): boolean =>
    entry.operation === undefined ? !quiet.has(operation) : entry.operation === operation

  const take: Faults['take'] = (solution, operation, header) => {
    if (header !== undefined) return parseFaultAnswer(header)
    const script = scripts.get(solution)
    if (script !== undefined) {
      const index = script.findIndex((entry) => isFor(entry, operation))
      if (index >= 0) return script.splice(index, 1)[0]?.answer ?? { kind: 'ok' }
    }
    for (const rated of rates.get(solution) ?? []) {
      if (!isFor(rated, operation) || rated.random.next() >= rated.rate) continue
      return rated.answers[rated.random.below(rated.answers.length)] ?? { kind: 'ok' }
    }
    return { kind: 'ok' }
  }

  return {
    plan: (plans) => {
      const read = Object.entries(objectOf(plans, 'the body')).map(([solution, plan]) => {
        const known = solutions()
        if (!known.includes(solution)) {
          throw new FaultInvalid(`unknown solution ${solution}; known: ${known.join(', ')}`)
        }
        return { solution, ...parsePlan(plan) }
      })
      for (const { solution, script, rated } of read) {
        scripts.set(solution, script)
        rates.set(solution, rated)
      }
    },
    clear: () => {
      scripts.clear()
      rates.clear()
    },
    plans: () =>
      Object.fromEntries(
        [...scripts.keys()].map((solution) => [
          solution,
          {
            script: (scripts.get(solution) ?? []).map(({ answer, ...rest }) => ({
              ...rest,
              answer: faultAnswerText(answer),
            })),
            rates: (rates.get(solution) ?? []).map(({ answers, random: _random, ...rest }) => ({
              ...rest,
              answers: answers.map(faultAnswerText),
            })),
          },
        ]),
      ),
    take,
  }
}

/** A plan is a script, or an object with a `script` and `rates`, or one rate block alone. */
function parsePlan(plan: unknown): { script: Scripted[]; rated: Rated[] } {
  if (Array.isArray(plan)) return { script: parseScript(plan), rated: [] }
  const given = objectOf(plan, 'a plan')
  if ('rate' in given) return { script: [], rated: [parseRated(given)] }
  const { script = [], rates = [], ...unknown } = given
  const stray = Object.keys(unknown)[0]
  if (stray !== undefined) throw new FaultInvalid(`a plan has script and rates, not ${stray}`)
  if (!Array.isArray(script) || !Array.isArray(rates)) {
    throw new FaultInvalid('script and rates must be arrays')
  }
  return { script: parseScript(script), rated: rates.map(parseRated) }
}

function parseScript(entries: readonly unknown[]): Scripted[] {
  const script: Scripted[] = []
  for (const entry of entries) {
    const { times = 1, ...rest } =
      typeof entry === 'string' ? { answer: entry } : objectOf(entry, 'an entry')
    if (!isWhole(times) || times < 1) {
      throw new FaultInvalid('times must be a whole number of at least 1')
    }
    if (script.length + times > longestScript) {
      throw new FaultInvalid(`a script holds at most ${longestScript} answers`)
    }
    const scripted = { ...operationOf(rest), answer: answerOf(rest) }
    for (let time = 0; time < times; time += 1) script.push(scripted)
  }
  return script
}

function parseRated(given: unknown): Rated {
  const block = objectOf(given, 'a rate block')
  const { rate, answers, seed = 1 } = block
  if (typeof rate !== 'number' || rate < 0 || rate > 1) {
    throw new FaultInvalid('rate must be a number from 0 to 1')
  }
  if (!Array.isArray(answers) || answers.length === 0) {
    throw new FaultInvalid('answers must be an array of at least one answer')
  }
  if (!isWhole(seed)) {
    throw new FaultInvalid('seed must be a whole number of at least 0')
  }
  return {
    ...operationOf(block),
    rate,
    answers: answers.map((answer: unknown) =>
      answerOf(typeof answer === 'string' ? { answer } : objectOf(answer, 'an answer')),
    ),
    random: createRandom(seed),
    seed,
  }
}

function answerOf(entry: Readonly<Record<string, unknown>>): FaultAnswer {
  const { answer, ms } = entry
  if (typeof answer !== 'string') throw new FaultInvalid('answer must be a string')
  if (ms !== undefined && typeof ms !== 'number') throw new FaultInvalid('ms must be a number')
  return parseFaultAnswer(answer, ms)
}

function operationOf(entry: Readonly<Record<string, unknown>>): { operation?: string } {
  const { operation } = entry
  if (operation === undefined) return {}
  if (typeof operation !== 'string') throw new FaultInvalid('operation must be a string')
  return { operation }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (isObject(value)) return value
  throw new FaultInvalid(`${what} must be an object`)
}
