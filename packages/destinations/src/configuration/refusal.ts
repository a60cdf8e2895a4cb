import type { DestinationCode } from '../codes.ts'

/** A command that is refused. Its `detail` is shown to the sender: no secret and no identity belongs in it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: DestinationCode
  /** What else the answer says, beside `code` and `detail`. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(
    code: DestinationCode,
    detail: string,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail)
    this.code = code
    this.fields = fields
  }
}
