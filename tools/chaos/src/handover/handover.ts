import { describeTimes } from '../report.ts'
import { measureIdleCommands, type IdleCommands } from './idle-commands.ts'
import { measureMoves, type MovesMeasured } from './moves.ts'
import { measureStepCost, type StepCost } from './step-cost.ts'

/** What sharing work over processes costs. */
export interface HandoverReport {
  readonly moves: MovesMeasured
  readonly stepCosts: readonly StepCost[]
  readonly idle: readonly IdleCommands[]
  /** Sentences on what is beyond its bound; empty where all is well. */
  readonly faulty: readonly string[]
}

/** What is promised. */
const takeOverMaxMs = 6_000
const shareMaxMs = 5_000
const pauseMaxMs = 1_000
const cpuShareMax = 1.1
const idlePerSecondMax = 20

/** Measures one after the other, each on a system of its own. */
export async function measureHandover(
  say: (line: string) => void,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<HandoverReport> {
  say('commands of an idle system')
  const idle = await measureIdleCommands(write, signal)
  say('hand-over under load')
  const moves = await measureMoves(say, write, signal)
  say('CPU time of stepping')
  const stepCosts = [...(await measureStepCost(false, say, write, signal))]
  say('CPU time of stepping and routing to six solutions')
  stepCosts.push(...(await measureStepCost(true, say, write, signal)))
  return { moves, stepCosts, idle, faulty: faultsOf(moves, stepCosts, idle) }
}

function faultsOf(
  moves: MovesMeasured,
  stepCosts: readonly StepCost[],
  idle: readonly IdleCommands[],
): readonly string[] {
  const bounds: readonly (readonly [string, readonly number[], number])[] = [
    ['ms until partitions of a killed worker are taken over', moves.takenOver, takeOverMaxMs],
    ['ms until a worker that joins has its share', moves.shares, shareMaxMs],
    ['ms in which a partition pauses', [...moves.joinPauses, ...moves.leavePauses], pauseMaxMs],
    [
      'times the CPU time of one process',
      stepCosts.map((cost) => costShare(cost, stepCosts)),
      cpuShareMax,
    ],
    [
      'commands a second and process while idle',
      idle.map(({ perSecondAndProcess }) => perSecondAndProcess),
      idlePerSecondMax,
    ],
  ]
  return bounds.flatMap(([what, numbers, max]) => {
    const largest = Math.max(...numbers)
    return largest <= max ? [] : [`${largest.toFixed(2)} ${what}, more than ${max}`]
  })
}

/** CPU time as a share of that of one process with the same work. */
function costShare(cost: StepCost, costs: readonly StepCost[]): number {
  const one = costs.find(({ processors, routed }) => processors === 1 && routed === cost.routed)
  return cost.cpuSecondsPerMillion / (one?.cpuSecondsPerMillion ?? 0)
}

/** The report as lines for people. */
export function describeHandover({ moves, stepCosts, idle, faulty }: HandoverReport): string {
  return [
    `at ${moves.updatesPerSecond} updates/s:`,
    `  taken over after kill -9     ${describeTimes(moves.takenOver)}`,
    `  first commit after kill -9   ${describeTimes(moves.firstCommit)}`,
    `  share of who joined          ${describeTimes(moves.shares)}`,
    `  longest pause of a join      ${describeTimes(moves.joinPauses)}`,
    `  longest pause of a leave     ${describeTimes(moves.leavePauses)}`,
    ...stepCosts.map(
      (cost) =>
        `${cost.processors} processors${cost.routed ? ', routed' : ''}: ${cost.cpuSecondsPerMillion.toFixed(2)} CPU s a million updates (${costShare(cost, stepCosts).toFixed(2)} of one), ${Math.round(cost.updatesPerSecond)} updates/s`,
    ),
    ...idle.map(
      ({ processors, gateways, perSecond, perSecondAndProcess }) =>
        `idle, ${processors} processors and ${gateways} gateways: ${perSecond.toFixed(1)} commands/s, ${perSecondAndProcess.toFixed(1)} a process`,
    ),
    ...faulty.map((sentence) => `WRONG: ${sentence}`),
  ].join('\n')
}
