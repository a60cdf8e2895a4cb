import { z } from 'zod'
import { readJson } from '@segue/solution-kit'
import type { SolutionEvent } from '@segue/solution-kit'

/** What a receipt says of a file. */
export interface InboundReceipt {
  /** By name, as Audience Manager's onboarding status report has them (`reference/solutions.md` §1.3). */
  readonly counters: Readonly<Record<string, number>>
  /** Why nothing of the file was applied: a code in capitals. */
  readonly problem?: string
}

const shape = z.record(z.string(), z.unknown())

/**
 * Reads the optional JSON receipt of a processed file. Its presence is what counts; a counter is any number in it, at the top or one level below; `problem` says
 * that nothing of the file was applied.
 * The format is this product's own convention, written by the sandbox: Audience Manager itself only sends mail.
 * @returns undefined where the object is no JSON object
 */
export function readInboundReceipt(bytes: Uint8Array): InboundReceipt | undefined {
  const receipt = readJson(shape, new TextDecoder().decode(bytes))
  if (receipt === undefined) return undefined
  const counters: Record<string, number> = {}
  for (const [name, value] of Object.entries(receipt)) {
    if (typeof value === 'number') counters[name] = value
    const nested = shape.safeParse(value)
    for (const [inner, count] of Object.entries(nested.data ?? {})) {
      if (typeof count === 'number') counters[inner] = count
    }
  }
  const { problem } = receipt
  return typeof problem === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(problem)
    ? { counters, problem }
    : { counters }
}

/** Counters that mean some line had no effect. */
const losses = [
  'format errors',
  'invalid aam id',
  'invalid device id',
  'no matching aam id',
  'no trait realized',
  'traits failed validation',
]

/** The event for a processed file: a warning where any counter tells of lines without effect, or where none can be read. */
export function receiptEvent(fileName: string, receipt: InboundReceipt | undefined): SolutionEvent {
  if (receipt === undefined) {
    const fields = { file: fileName, readable: false }
    return { level: 'warn', event: 'onboarding_receipt', fields }
  }
  const { counters, problem } = receipt
  const lossy = Object.entries(counters).some(
    ([name, count]) => count > 0 && losses.some((loss) => words(name).includes(loss)),
  )
  const level = lossy || problem !== undefined ? 'warn' : 'info'
  const fields = { ...counters, file: fileName, ...(problem === undefined ? {} : { problem }) }
  return { level, event: 'onboarding_receipt', fields }
}

/** `formatErrors`, `format_errors` and `Format Errors` are the same words. */
function words(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_\s-]+/g, ' ')
    .toLowerCase()
}
