// Makes the package of a new solution: `npm run new-solution acme-mail`.
import { fileURLToPath } from 'node:url'
import { LauncherError } from '../launcher-error.ts'
import { planSolution, writeSolution } from './new-solution.ts'
import { nextSteps } from './next-steps.ts'
import { runRootProgram } from './root-program.ts'
import { solutionName } from './solution-name.ts'

const usage = `npm run new-solution NAME

Makes packages/solutions/NAME: a complete small adapter to an example API, which passes the conformance suite, for you to
put the real API in its place. NAME is lower-case words joined by dashes: acme-mail.
`
const root = fileURLToPath(new URL('../../../..', import.meta.url))

try {
  const args = process.argv.slice(2)
  if (args.length === 1 && args[0] === '--help') process.stdout.write(usage)
  else await make(args)
} catch (error) {
  if (!(error instanceof LauncherError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exitCode = error.exitCode
}

async function make([given, ...others]: readonly string[]): Promise<void> {
  if (given === undefined || others.length > 0) {
    throw new LauncherError('ARGUMENT_INVALID', `one name is needed\n\n${usage}`, { exitCode: 2 })
  }
  const name = solutionName(given)
  const plan = planSolution(root, name)
  writeSolution(root, plan, (what, path) => {
    process.stdout.write(`${what.padEnd(7)} ${path}\n`)
  })
  // A longer name makes longer lines.
  await finish(
    'oxfmt',
    [...plan.made, ...plan.changed].map(({ path }) => path),
  )
  await finish('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline'])
  process.stdout.write(nextSteps(name))
}

async function finish(program: string, args: readonly string[]): Promise<void> {
  const code = await runRootProgram(root, program, args)
  if (code === 0) return
  throw new LauncherError(
    'FINISH_FAILED',
    `${program} ended with ${code}. All files above are written: mend what it says, then run npx oxfmt and npx pnpm install yourself`,
    { exitCode: 1 },
  )
}
