// `npm test`: every check of `npm run check` and every test, with one line at the end that says how it went.
import { fileURLToPath } from 'node:url'
import { runSuites, type Check } from './suites/run-suites.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The root tasks of turbo.json: it answers from its cache where no file changed. */
const checks: readonly Check[] = ['format', 'lint', 'boundaries', 'types', 'unused'].map(
  (task) => ({
    name: task,
    program: 'turbo',
    args: ['run', task, '--output-logs=errors-only', '--log-prefix=none'],
  }),
)

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupt.abort()
  })
}

const { failed, interrupted } = await runSuites({
  root,
  checks,
  filters: process.argv.slice(2),
  testOutput: 'inherit',
  write: (text) => void process.stdout.write(text),
  signal: interrupt.signal,
})
process.exit(interrupted ? 130 : failed === 0 ? 0 : 1)
