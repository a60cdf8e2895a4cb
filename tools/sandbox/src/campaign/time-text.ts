/** A time as Campaign writes it: `2019-09-26 12:00:37.005Z`. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ')
}
