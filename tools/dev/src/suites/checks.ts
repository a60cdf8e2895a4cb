import type { Check } from './run-suites.ts'

/** The root tasks of turbo.json: it answers from its cache where no file changed. */
export const checks: readonly Check[] = ['format', 'lint', 'boundaries', 'types', 'unused'].map(
  (task) => ({
    name: task,
    program: 'turbo',
    args: ['run', task, '--output-logs=errors-only', '--log-prefix=none'],
    trim: ownOutput,
  }),
)

/** What the task itself wrote: between the command that turbo shows and the package manager's last word. */
function ownOutput(lines: readonly string[]): readonly string[] {
  const command = lines.findLastIndex((line) => line.startsWith('> '))
  if (command === -1) return lines
  const end = lines.findIndex((line) => line.includes('ELIFECYCLE'))
  const own = lines.slice(command, end === -1 ? undefined : end)
  return own.filter((line) => line.trim() !== '')
}
