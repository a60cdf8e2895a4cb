import { parseArgs } from 'node:util'
import { onInterrupt } from '../interrupt.ts'
import type { SoakSample } from './samples.ts'
import { soak, type SoakReport } from './soak.ts'

/** What may be held more after than before: garbage of the last moments, and what V8 and Redis keep for themselves. */
const growthMax = 1.25
const slackBytes = 8 * 1_048_576
/** Hours open new runs of the books; buckets and queues leave nothing. */
const keysSlack = 100

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write('npm run soak -- [--minutes 10] [--rate 200 updates a second] [--seed 1]\n')
  process.exit(0)
}
const minutes = positive('--minutes', values.minutes)
const updatesPerSecond = positive('--rate', values.rate)
const seed = positive('--seed', values.seed)
const interrupt = new AbortController()
onInterrupt({ onFirst: () => interrupt.abort(), onSecond: () => process.exit(130) })

process.stdout.write(`${heading()}\n`)
const report = await soak({
  minutes,
  updatesPerSecond,
  seed,
  told: (line) => process.stderr.write(`${line}\n`),
  sampled: (sample) => process.stdout.write(`${row(sample)}\n`),
  signal: interrupt.signal,
})
const grown = grew(report)
const { accepted, refused, faults } = report
process.stdout.write(
  `${accepted} updates accepted, ${refused} requests sent again, ${faults} outages; ${grown.length === 0 ? 'everything is back at its baseline' : `not back at its baseline: ${grown.join(', ')}`}\n`,
)
process.exit(grown.length === 0 ? 0 : 1)

function positive(name: string, text: string): number {
  const number = Number(text)
  if (number > 0 && Number.isFinite(number)) return number
  process.stderr.write(`ARGUMENTS_INVALID: ${name} must be a number above 0\n`)
  process.exit(2)
}

/** What did not come back. */
function grew({ before, after }: SoakReport): readonly string[] {
  const bytes = ['gatewayHeap', 'processorHeap', 'redisBytes'] as const
  const found: string[] = bytes.filter(
    (name) => after[name] > before[name] * growthMax + slackBytes,
  )
  if (after.redisKeys > before.redisKeys + keysSlack) found.push('redisKeys')
  return found
}

function heading(): string {
  return '|    s | gateway heap | processor heap |  resident |     Redis | keys |'
}

function row(sample: SoakSample): string {
  return `| ${String(sample.atSecs).padStart(4)} | ${mebibytes(sample.gatewayHeap, 12)} | ${mebibytes(sample.processorHeap, 14)} | ${mebibytes(sample.resident, 9)} | ${mebibytes(sample.redisBytes, 9)} | ${String(sample.redisKeys).padStart(4)} |`
}

function mebibytes(bytes: number, width: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`.padStart(width)
}
