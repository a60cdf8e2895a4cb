import type { SerializedError } from 'vitest'
import type { TestModule } from 'vitest/node'

/** What a run of vitest came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why something that is no test case counts as failed, one line each. */
  readonly notes: readonly string[]
}

/** Reads a tally that another process wrote as JSON; undefined where it is none. */
export function parseTally(text: string): Tally | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isTally(value) ? value : undefined
}

function isTally(value: unknown): value is Tally {
  if (typeof value !== 'object' || value === null) return false
  const { passed, failed, skipped, notes }: Partial<Record<string, unknown>> = { ...value }
  return [passed, failed, skipped].every(Number.isSafeInteger) && Array.isArray(notes)
}

/**
 * Counts what vitest ran. Besides test cases, each of these counts as one failed: a file or suite that could not be loaded or
 * whose hooks failed, an error that no test caught, and a run in which nothing ran: none of them may pass unseen.
 */
export function tallyOf(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): Tally {
  let passed = 0
  let failed = 0
  let skipped = 0
  const notes: string[] = []

  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed += 1
      else if (state === 'skipped') skipped += 1
      // `pending`: the run was cut off before it had a result.
      else failed += 1
    }
    const suites = [module, ...module.children.allSuites()]
    for (const suite of suites) {
      if (suite.errors().length === 0) continue
      failed += 1
      const inside = suite.type === 'suite' ? ` > ${suite.fullName}` : ''
      notes.push(`${module.relativeModuleId}${inside}: failed outside its tests`)
    }
  }
  for (const error of unhandledErrors) {
    failed += 1
    notes.push(`an error that no test caught: ${error.message}`)
  }
  if (passed + failed === 0) {
    failed = 1
    notes.push('no test ran')
  }
  return { passed, failed, skipped, notes }
}
