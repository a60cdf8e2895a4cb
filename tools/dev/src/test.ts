// `npm test`: every check of `npm run check` and every test, with one line at the end that says how it went.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checks } from './suites/checks.ts'
import { runSuites } from './suites/run-suites.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Tests start the same programs hundreds of times: what Node has made of their sources is kept.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/node-compile')

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
