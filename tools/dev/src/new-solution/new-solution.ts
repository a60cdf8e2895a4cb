import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LauncherError } from '../launcher-error.ts'
import type { SolutionName } from './solution-name.ts'
import { filesFromTemplate, type TextFile } from './template.ts'
import { wirings } from './wiring.ts'

/** What is to be written for a new solution; paths are below the root. */
export interface SolutionPlan {
  readonly folder: string
  /** The package. */
  readonly made: readonly TextFile[]
  /** Files that get to know of it, as they will be. */
  readonly changed: readonly TextFile[]
}

/**
 * Reads everything that is needed for a new solution, and writes nothing.
 * @throws LauncherError `SOLUTION_EXISTS`, `WIRING_UNREADABLE`
 */
export function planSolution(root: string, name: SolutionName): SolutionPlan {
  const folder = `packages/solutions/${name.kebab}`
  if (existsSync(join(root, folder))) {
    throw exists(
      `${folder} is there already: choose another name, or delete the folder to make it anew`,
    )
  }
  const packageName = `@segue/solution-${name.kebab}`
  const owner = folderOf(root, packageName)
  if (owner !== undefined) throw exists(`${packageName} is the package in ${owner}`)
  return {
    folder,
    made: filesFromTemplate(root, name).map(({ path, text }) => ({
      path: `${folder}/${path}`,
      text,
    })),
    changed: wirings.flatMap(({ path, edit }) => {
      const before = readFileSync(join(root, path), 'utf8')
      const text = edit(before, name)
      return text === before ? [] : { path, text }
    }),
  }
}

/**
 * Writes a plan, the package first.
 * @param wrote told of each file once it is written, so that whatever happens then a person knows what there is
 * @throws LauncherError `WRITE_FAILED`
 */
export function writeSolution(
  root: string,
  plan: SolutionPlan,
  wrote: (what: 'new' | 'changed', path: string) => void,
): void {
  const all = [
    ...plan.made.map((file) => ({ ...file, what: 'new' as const })),
    ...plan.changed.map((file) => ({ ...file, what: 'changed' as const })),
  ]
  for (const { path, text, what } of all) {
    try {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text, { flag: what === 'new' ? 'wx' : 'w' })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new LauncherError(
        'WRITE_FAILED',
        `${path} could not be written (${why}); what is listed above is. Mend that, delete ${plan.folder}, and run it again: files that know of the package already stay as they are`,
        { exitCode: 1, cause },
      )
    }
    wrote(what, path)
  }
}

function folderOf(root: string, packageName: string): string | undefined {
  const paths = globSync('{apps,packages,packages/solutions,tools}/*/package.json', { cwd: root })
  const found = paths.find((path) =>
    readFileSync(join(root, path), 'utf8').includes(`"name": "${packageName}"`),
  )
  return found === undefined ? undefined : dirname(found)
}

function exists(message: string): LauncherError {
  return new LauncherError('SOLUTION_EXISTS', `${message}. Nothing was written`, { exitCode: 1 })
}
