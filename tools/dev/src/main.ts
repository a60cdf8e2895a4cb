import { parseArguments, helpText } from './arguments.ts'
import { onInterrupt } from './interrupt.ts'
import { launch } from './launch/launch.ts'
import { LauncherError } from './launcher-error.ts'

const interrupt = new AbortController()
onInterrupt({
  onFirst: () => {
    process.stderr.write('\nstopping; Ctrl-C again ends at once\n')
    interrupt.abort()
  },
  // What is left running ends with us: each child has a guard.
  onSecond: () => process.exit(130),
})

try {
  const command = parseArguments(process.argv.slice(2))
  if (command.kind === 'help') process.stdout.write(helpText)
  else process.exit(await launch(command.options, interrupt.signal))
} catch (error) {
  if (error instanceof LauncherError) {
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exit(error.exitCode)
  }
  throw error
}
