/**
 * Something the person at the keyboard can mend. The message says what to do; the code is stable.
 * Exit codes: 2 the command line is wrong, 3 the machine lacks something, 1 everything else.
 */
export class LauncherError extends Error {
  override readonly name = 'LauncherError'
  readonly code: string
  readonly exitCode: number

  constructor(code: string, message: string, options: { exitCode: number; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.exitCode = options.exitCode
  }
}
