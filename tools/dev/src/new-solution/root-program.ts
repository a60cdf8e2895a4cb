import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'

/**
 * Runs a program that the root package installs, its output shown.
 * @returns its exit code; 127 where it could not be started
 */
export async function runRootProgram(
  root: string,
  program: string,
  args: readonly string[],
): Promise<number> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  })
  try {
    const [code]: unknown[] = await once(child, 'exit')
    return typeof code === 'number' ? code : 1
  } catch {
    return 127
  }
}
