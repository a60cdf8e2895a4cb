/**
 * An answer that a fault script asks for.
 * `applied`: the request takes effect first and only its answer is lost, the case that makes a client send again what
 * the server already has.
 */
export type FaultAnswer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'hang' | 'drop' | 'garbage'; readonly applied: boolean }
  | { readonly kind: 'code'; readonly code: string; readonly applied: boolean }

/** A fault that cannot be understood; the message says what is. */
export class FaultInvalid extends Error {
  readonly code = 'SANDBOX_FAULT_INVALID'
}

const longestLatencyMs = 600_000

/**
 * Reads `ok`, `latency:200`, `hang`, `drop`, `garbage` or an error code of the solution (`606`, `500`, `SlowDown`), the
 * last four with `apply-` in front where the request shall take effect all the same.
 * @param ms latency, where it is given beside the text
 */
export function parseFaultAnswer(text: string, ms?: number): FaultAnswer {
  if (text === 'ok') return { kind: 'ok' }
  const latency = /^latency(?::(\d+))?$/.exec(text)
  if (latency !== null) {
    const waitMs = ms ?? Number(latency[1] ?? Number.NaN)
    if (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= longestLatencyMs) {
      return { kind: 'latency', ms: waitMs }
    }
    throw new FaultInvalid(`latency needs whole milliseconds, at most ${longestLatencyMs}`)
  }
  const parts = /^(apply-)?([A-Za-z0-9]{1,40})$/.exec(text)
  const word = parts?.[2]
  if (word === undefined) {
    throw new FaultInvalid(
      `answer ${JSON.stringify(text)} is none of ok, latency:<ms>, hang, drop, garbage, <code>, apply-<one of the last four>`,
    )
  }
  const applied = parts?.[1] !== undefined
  if (word === 'hang' || word === 'drop' || word === 'garbage') return { kind: word, applied }
  return { kind: 'code', code: word, applied }
}

/** The answer's text, as `parseFaultAnswer` takes it. */
export function faultAnswerText(answer: FaultAnswer): string {
  if (answer.kind === 'ok') return 'ok'
  if (answer.kind === 'latency') return `latency:${answer.ms}`
  return (answer.applied ? 'apply-' : '') + (answer.kind === 'code' ? answer.code : answer.kind)
}
