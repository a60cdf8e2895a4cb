import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isObject } from './json/json.ts'
import { type SandboxOptions, startSandbox } from './sandbox.ts'

const usage =
  'usage: main.ts [--port-base N] [--settings FILE.json] [--state FILE.json] [--exit-with-parent]'

/** Reads the command line. @throws Error with what is wrong and the usage */
function optionsOf(args: readonly string[]): SandboxOptions & { readonly exitWithParent: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'port-base': { type: 'string', default: '0' },
      settings: { type: 'string' },
      state: { type: 'string' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  })
  const portBase = Number(values['port-base'])
  if (!Number.isInteger(portBase) || portBase < 0 || portBase > 65_000) {
    throw new Error(`--port-base must be a port number; ${usage}`)
  }
  const settings: unknown =
    values.settings === undefined ? undefined : JSON.parse(readFileSync(values.settings, 'utf8'))
  return {
    portBase,
    settings,
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    exitWithParent: values['exit-with-parent'],
  }
}

try {
  const { exitWithParent, ...options } = optionsOf(process.argv.slice(2))
  const sandbox = await startSandbox(options)
  const stop = (): void => {
    // A second signal ends at once, with the signal's own exit code.
    process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT')
    void sandbox.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
  // Standard input ends with the process that holds its other end, however that died.
  if (exitWithParent) process.stdin.once('end', stop).resume()
  process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`)
} catch (error) {
  const code =
    isObject(error) && typeof error['code'] === 'string' ? error['code'] : 'SANDBOX_START_FAILED'
  process.stderr.write(`${code}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
