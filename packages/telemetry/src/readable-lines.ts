import type { DestinationStream } from 'pino'

/** Turns lines of JSON into lines for people: `10:00:00.123 INFO gateway listening port=8080`. */
export function readableLines(to: DestinationStream): DestinationStream {
  return { write: (line) => to.write(`${readable(line)}\n`) }
}

const inFront = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'err'])

function readable(line: string): string {
  const event: Record<string, unknown> = JSON.parse(line)
  const fields = Object.entries(event)
    .filter(([field]) => !inFront.has(field))
    .map(([field, value]) => `${field}=${textOf(value)}`)
  const clock = textOf(event['time']).slice(11, 23)
  const level = textOf(event['level']).toUpperCase()
  const head = [clock, level, textOf(event['name']), textOf(event['msg']), ...fields]
  return head.join(' ') + trace(event['err'])
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function trace(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return ''
  return `\n${textOf(err.stack)}`
}
