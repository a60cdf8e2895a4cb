import { z } from 'zod'

const shown = '[secret]'

/** A value that never prints: logs, errors, JSON and string templates show `[secret]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself: only for the place that puts it on the wire. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.toPrimitive](): string {
    return shown
  }

  static {
    // What `util.inspect` and so every logger asks for.
    const inspected = Symbol.for('nodejs.util.inspect.custom')
    Object.defineProperty(Secret.prototype, inspected, { value: () => shown })
  }
}

/** A required string setting that is kept as a `Secret`; forms made from the schema show a password field. */
export function secretSetting(description: string): z.ZodType<Secret, string> {
  return z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .meta({ description, format: 'password', writeOnly: true })
}
