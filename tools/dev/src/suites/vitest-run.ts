// Runs all tests, shows them as `vitest run` does, and writes the tally as JSON to file descriptor 3, for run-suites.ts.
// A process of its own, so that a test that takes the process down cannot take the summary with it.
import { writeSync } from 'node:fs'
import { startVitest } from 'vitest/node'
import { tallyOf } from './tally.ts'

const tallyDescriptor = 3

const vitest = await startVitest(process.argv.slice(2), {
  run: true,
  // A forgotten `test.only` would pass with most tests not run.
  allowOnly: false,
  reporters: [
    'default',
    {
      onTestRunEnd: (modules, unhandledErrors) => {
        writeSync(tallyDescriptor, JSON.stringify(tallyOf(modules, unhandledErrors)))
      },
    },
  ],
})
await vitest.close()
process.exit(process.exitCode ?? 0)
