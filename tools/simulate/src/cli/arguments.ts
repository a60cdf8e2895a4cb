import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Arguments {
  readonly seeds: number
  readonly from: number
  /** One seed, told in full where it is `verbose`. */
  readonly seed: number | undefined
  readonly verbose: boolean
  /** Each mutation until it is found, instead of the system as it is. */
  readonly mutations: boolean
  /** One mutation, by its name. */
  readonly mutation: string | undefined
  readonly jobs: number
}

export const usage = `npm run simulate -- [--seeds 1000] [--from 1] [--jobs 1]
npm run simulate -- --seed N [--verbose] [--mutation NAME]
npm run simulate -- --mutations [--seeds 200] [--from 1] [--mutation NAME]`

const seedsDefault = 1_000
/** Seeds within which every mutation is to be found. */
const mutationSeedsDefault = 200

/** @throws Error with a message for a person where they say nothing that can be done */
export function readArguments(given: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      mutation: { type: 'string' },
      jobs: { type: 'string', default: '1' },
    },
  })
  const seedsOf = values.mutations ? mutationSeedsDefault : seedsDefault
  return {
    seeds: values.seeds === undefined ? seedsOf : wholeOf('seeds', values.seeds),
    from: wholeOf('from', values.from),
    seed: values.seed === undefined ? undefined : wholeOf('seed', values.seed),
    verbose: values.verbose,
    mutations: values.mutations,
    mutation: values.mutation,
    jobs: Math.max(1, wholeOf('jobs', values.jobs)),
  }
}

function wholeOf(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} must be a whole number, not ${text}`)
  return Number(text)
}
