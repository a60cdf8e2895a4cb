import { activationDelayDefaultMs } from '@segue/runtime'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { LauncherError } from './launcher-error.ts'
import { sampleDefaults } from './sample/sample-options.ts'

/** What `npm start` was asked to do. */
export interface LaunchOptions {
  /** A file of profile updates, one JSON object a line, to stream in place of the sample. */
  readonly input: string | undefined
  /** Stop once all is delivered and applied, instead of staying up until Ctrl-C. */
  readonly untilIdle: boolean
  /** Where to write the report (design §13). */
  readonly report: string | undefined
  /** How a processor runs the machines (design §4). */
  readonly machines: 'table' | 'xstate'
  /** How long a change waits for its opposite before it goes out, in milliseconds (design §8). */
  readonly activationDelayMs: number
  /** Share of the calls to the sandbox's solutions that fail in mixed ways; 0: none. */
  readonly faultShare: number
  readonly faultSeed: number
  /** The gateway's port on 127.0.0.1. */
  readonly port: number
  /** The sample that is streamed where no file is given. */
  readonly sample: {
    readonly profiles: number
    readonly updates: number
    readonly seed: number
    readonly garbageShare: number
  }
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'launch'; readonly options: LaunchOptions }

const defaultPort = 8_080
/** As the gateway bounds it. */
const activationDelayMaxMs = 86_400_000
/** A row is tried ten times: with half of the calls failing, one in a thousand would be given up. */
const faultShareMax = 0.5

export const helpText: string = `Starts Segue with a private Redis, a sandbox of the solutions, the processor and the gateway,
and streams profile updates through them.

  npm start                                  stream the sample, stay up until Ctrl-C
  npm start -- --input FILE.ndjson --until-idle --report FILE.json

  --input FILE        stream this file, one profile update a line, instead of the sample;
                      with its own empty Redis and sandbox
  --until-idle        stop once everything is delivered and applied; exit code 0 only where the
                      books balance and every solution holds what the state says
  --report FILE       write the report as JSON; goes with --until-idle
  --machines KIND     table (default) or xstate: how the processor runs the state machines
  --activation-delay MS
                      how long a change waits for its opposite before it goes out
                      (default ${activationDelayDefaultMs})
  --faults SHARE      let this share of all calls to the solutions fail, in mixed ways, drawn by a
                      seed: 0 (default) to 0.5
  --fault-seed N      default 1
  --port PORT         of the gateway, on 127.0.0.1 (default ${defaultPort}; 0: any that is free)

The sample, where no --input is given:
  --profiles N        default ${sampleDefaults.profiles}
  --updates N         default ${sampleDefaults.updates}
  --seed N            default 1
  --garbage SHARE     broken lines among all lines, 0 (default) to less than 1

REDIS_URL in the environment: use that Redis instead of a private one.
`

const known = {
  input: { type: 'string' },
  'until-idle': { type: 'boolean' },
  report: { type: 'string' },
  machines: { type: 'string' },
  'activation-delay': { type: 'string' },
  faults: { type: 'string' },
  'fault-seed': { type: 'string' },
  port: { type: 'string' },
  profiles: { type: 'string' },
  updates: { type: 'string' },
  seed: { type: 'string' },
  garbage: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

const sampleFlags = ['profiles', 'updates', 'seed', 'garbage'] as const

/**
 * Reads the command line.
 * @param words without the program and the script
 * @throws LauncherError `ARGUMENT_INVALID`, exit code 2, naming the flag and what it takes
 */
export function parseArguments(words: readonly string[]): Command {
  const values = flagsOf(words)
  if (values.help === true) return { kind: 'help' }

  const { input, report } = values
  const untilIdle = values['until-idle'] ?? false
  if (input === '') throw invalid('--input needs a file of profile updates, one JSON object a line')
  if (report === '') throw invalid('--report needs a file to write')
  if (report !== undefined && !untilIdle) {
    throw invalid('--report goes with --until-idle: the report is written when all is delivered')
  }
  const given = sampleFlags.find((flag) => values[flag] !== undefined)
  if (input !== undefined && given !== undefined) {
    throw invalid(`--${given} describes the sample, which --input replaces: leave one of them out`)
  }
  const machines = values.machines ?? 'table'
  if (machines !== 'table' && machines !== 'xstate') {
    throw invalid(`--machines is table or xstate, not ${machines}`)
  }

  const profiles = wholeNumber('profiles', values.profiles, sampleDefaults.profiles, 1)
  const updates = wholeNumber(
    'updates',
    values.updates,
    Math.max(sampleDefaults.updates, profiles),
    1,
  )
  if (updates < profiles) {
    throw invalid(`--updates must be at least --profiles (${profiles}): each profile has one`)
  }
  return {
    kind: 'launch',
    options: {
      input,
      untilIdle,
      report,
      machines,
      activationDelayMs: wholeNumber(
        'activation-delay',
        values['activation-delay'],
        activationDelayDefaultMs,
        0,
        activationDelayMaxMs,
      ),
      faultShare: share('faults', values.faults, faultShareMax),
      faultSeed: wholeNumber('fault-seed', values['fault-seed'], 1, 0),
      port: wholeNumber('port', values.port, defaultPort, 0, 65_535),
      sample: {
        profiles,
        updates,
        seed: wholeNumber('seed', values.seed, 1, 0),
        garbageShare: share('garbage', values.garbage),
      },
    },
  }
}

type Flags = ReturnType<typeof parseArgs<{ options: typeof known }>>['values']

function flagsOf(words: readonly string[]): Flags {
  try {
    return parseArgs({ args: [...words], options: known, allowPositionals: false }).values
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('. ')
    throw invalid(reason ?? 'the command line cannot be read', cause)
  }
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  byDefault: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined) return byDefault
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw invalid(`--${flag} is a whole number ${range}, not ${JSON.stringify(text)}`)
}

function share(flag: string, text: string | undefined, max?: number): number {
  if (text === undefined) return 0
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= 0 && (max === undefined ? number < 1 : number <= max)) return number
  const range = max === undefined ? 'less than 1' : max
  throw invalid(`--${flag} is a share from 0 to ${range}, not ${JSON.stringify(text)}`)
}

function invalid(reason: string, cause?: unknown): LauncherError {
  return new LauncherError('ARGUMENT_INVALID', `${reason}\n--help shows what can be given`, {
    exitCode: 2,
    cause,
  })
}
