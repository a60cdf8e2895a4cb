/** A time as answers show it. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
