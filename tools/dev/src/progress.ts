/** How far a run is. */
export interface ProgressCounts {
  /** Updates that were sent in, and how many there are where that is known. */
  readonly events: number
  readonly eventsTotal?: number
  /** Membership changes that the machines put out. */
  readonly changes: number
  /** Rows that each solution took. */
  readonly delivered: Readonly<Record<string, number>>
  /** Log entries that no processor has stepped yet. */
  readonly lag: number
}

export interface ProgressOptions {
  /** Whether a person watches: then one line is written over and over, else a new line every `plainEveryMs`. */
  readonly terminal: boolean
  readonly columns: number
  readonly plainEveryMs: number
  readonly write: (text: string) => void
}

export interface Progress {
  /** Shows the counts. Call it as often as there is something new. @param nowMs the time, epoch milliseconds */
  readonly show: (counts: ProgressCounts, nowMs: number) => void
  /** Writes a line of text without tearing the progress line. */
  readonly say: (line: string) => void
  /** Shows the last counts for good. */
  readonly end: () => void
}

/** Carriage return, and erase to the end of the line. */
const restart = '\r\u001B[K'

export function createProgress(options: ProgressOptions): Progress {
  const { terminal, columns, plainEveryMs, write } = options
  let shown = ''
  let shownMs = Number.NEGATIVE_INFINITY
  let latest = ''

  return {
    show: (counts, nowMs) => {
      latest = progressLine(counts)
      if (terminal) {
        // A line that wraps would not be overwritten.
        shown = latest.slice(0, Math.max(0, columns - 1))
        write(`${restart}${shown}`)
      } else if (nowMs - shownMs >= plainEveryMs && latest !== shown) {
        shown = latest
        shownMs = nowMs
        write(`${shown}\n`)
      }
    },
    say: (line) => {
      write(terminal && shown !== '' ? `${restart}${line}\n${shown}` : `${line}\n`)
    },
    end: () => {
      if (terminal && shown !== '') write(`${restart}${latest}\n`)
      else if (!terminal && latest !== shown) write(`${latest}\n`)
      shown = ''
      latest = ''
    },
  }
}

/** The counts on one line. */
export function progressLine(counts: ProgressCounts): string {
  const { events, eventsTotal, changes, delivered, lag } = counts
  const of = eventsTotal === undefined ? '' : ` of ${grouped(eventsTotal)}`
  const solutions = Object.entries(delivered).map(([name, rows]) => `${name} ${grouped(rows)}`)
  return [
    `events ${grouped(events)}${of}`,
    `changes ${grouped(changes)}`,
    `delivered ${solutions.length === 0 ? '0' : solutions.join(', ')}`,
    `lag ${grouped(lag)}`,
  ].join(' · ')
}

function grouped(number: number): string {
  return number.toLocaleString('en-US')
}
