// `npm test`: every check of `npm run check` and every test, with one line at the end that says how it went.
import { fileURLToPath } from 'node:url'
import { checks } from './suites/checks.ts'
import { runSuites } from './suites/run-suites.ts'

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupt.abort()
  })
}

const { failed, interrupted } = await runSuites({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  checks,
  filters: process.argv.slice(2),
  testOutput: 'inherit',
  write: (text) => void process.stdout.write(text),
  signal: interrupt.signal,
})
process.exit(interrupted ? 130 : failed === 0 ? 0 : 1)
