import { createHash } from 'node:crypto'

/** Hex digits that hold the hour: until the year 3883. */
const hourDigits = 6

/**
 * The id of a flow's run: the same whenever it is asked for, and nothing has to be kept for it. A UUID of version 8, whose last six
 * digits are the hour and whose others are made of the flow's id.
 */
export function runId(flowId: string, hour: number): string {
  const hex = createHash('sha256').update(`run ${flowId}`).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    `${hex.slice(20, 32 - hourDigits)}${hour.toString(16).padStart(hourDigits, '0')}`,
  ]
  return parts.join('-')
}

/** Which of the flows the run is of, and its hour; undefined where it is of none of them. */
export function parseRunId(
  id: string,
  flowIds: readonly string[],
): { readonly flowId: string; readonly hour: number } | undefined {
  const hour = Number.parseInt(id.slice(-hourDigits), 16)
  const flowId = flowIds.find((one) => runId(one, hour) === id)
  return flowId === undefined ? undefined : { flowId, hour }
}
