import { LauncherError } from '../launcher-error.ts'

/** A solution's name in every spelling that files use. */
export interface SolutionName {
  /** Of the folder, the package and the `Solution`: `acme-mail`. */
  readonly kebab: string
  readonly camel: string
  readonly pascal: string
  /** For people: `Acme Mail`. */
  readonly title: string
}

const longest = 40

/**
 * Reads a name as a person gives it.
 * @throws LauncherError `SOLUTION_NAME_INVALID`
 */
export function solutionName(given: string): SolutionName {
  // What the conformance suite asks of `Solution.name`.
  if (!/^[a-z]+(-[a-z]+)*$/.test(given) || given.length > longest) {
    throw new LauncherError(
      'SOLUTION_NAME_INVALID',
      `${JSON.stringify(given)} cannot be a solution’s name: lower-case letters, words joined by one dash, at most ${longest} characters, as in acme-mail`,
      { exitCode: 2 },
    )
  }
  return spelled(given)
}

/** @param kebab a name that was checked */
export function spelled(kebab: string): SolutionName {
  const words = kebab.split('-').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  const pascal = words.join('')
  return {
    kebab,
    camel: pascal.slice(0, 1).toLowerCase() + pascal.slice(1),
    pascal,
    title: words.join(' '),
  }
}
