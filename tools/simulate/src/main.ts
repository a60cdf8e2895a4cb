import { findMutation } from './cli/find-mutation.ts'
import { readArguments, usage, type Arguments } from './cli/arguments.ts'
import { commitOf, failureText } from './cli/report.ts'
import { runSeeds } from './cli/run-seeds.ts'
import { mutations } from './mutations/index.ts'
import type { Mutation } from './mutations/mutation.ts'
import { runSeed } from './run-seed.ts'

process.exitCode = await main(argumentsOrExit())

function argumentsOrExit(): Arguments {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(usage)
    process.exit(2)
  }
}

/** @returns the exit code: 1 where something is wrong */
async function main(given: Arguments): Promise<number> {
  const named = mutations.filter(({ name }) => name === given.mutation)
  if (given.mutation !== undefined && named.length === 0) {
    console.error(`there is no mutation ${given.mutation}`)
    return 2
  }
  if (given.seed !== undefined) return oneSeed(given.seed, given.verbose, named[0])
  if (given.mutations) return allMutations(given, named.length > 0 ? named : mutations)
  return manySeeds(given)
}

async function oneSeed(
  seed: number,
  verbose: boolean,
  mutation: Mutation | undefined,
): Promise<number> {
  const end = await runSeed({
    seed,
    ...(mutation === undefined ? {} : { mutation }),
    ...(verbose ? { verbose: (line) => console.log(line) } : {}),
  })
  const isClean = end.violations.length === 0
  console.log(isClean ? `seed ${seed} is clean` : failureText(end, commitOf()))
  console.log(
    `${end.events} events, ${end.accepted} updates, ${end.sends} rows sent, trace ${end.hash}`,
  )
  return isClean ? 0 : 1
}

async function manySeeds({ from, seeds, jobs }: Arguments): Promise<number> {
  const commit = commitOf()
  const startedMs = performance.now()
  const sums = { seeds: 0, events: 0, accepted: 0, sends: 0, simulatedMs: 0 }
  const failed: number[] = []
  const progress = (): string => {
    const minutes = (performance.now() - startedMs) / 60_000
    const rate = Math.round(sums.seeds / minutes)
    return `${sums.seeds} of ${seeds} seeds, ${failed.length} failed, ${rate} a minute`
  }
  await runSeeds(from, seeds, jobs, (end) => {
    sums.seeds += 1
    sums.events += end.events
    sums.accepted += end.accepted
    sums.sends += end.sends
    sums.simulatedMs += end.simulatedMs
    if (end.violations.length > 0) {
      failed.push(end.seed)
      console.log(failureText(end, commit))
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${progress()} `)
    else if (sums.seeds % 100 === 0) console.log(progress())
  })
  const hours = (sums.simulatedMs / 3_600_000).toFixed(1)
  console.log(
    `\n${progress()}, on commit ${commit}\n` +
      `${hours} simulated hours, ${sums.events} events, ${sums.accepted} updates, ${sums.sends} rows sent`,
  )
  if (failed.length > 0) console.log(`failed: ${failed.join(' ')}`)
  return failed.length > 0 ? 1 : 0
}

async function allMutations(
  { from, seeds }: Arguments,
  wanted: readonly Mutation[],
): Promise<number> {
  const missed: string[] = []
  for (const mutation of wanted) {
    const found = await findMutation(mutation, from, seeds)
    if (found === undefined) missed.push(mutation.name)
    const how =
      found === undefined
        ? `NOT found in ${seeds} seeds`
        : `found by ${found.invariant} after ${found.seeds} seeds (seed ${found.seed})`
    console.log(`${mutation.name}: ${mutation.what}: ${how}`)
  }
  console.log(`${wanted.length} mutations, ${missed.length} not found`)
  return missed.length > 0 ? 1 : 0
}
