import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { LauncherError } from '../launcher-error.ts'

/**
 * The lines of a file, one by one.
 * @throws LauncherError `INPUT_UNREADABLE`
 */
export async function* inputLines(file: string): AsyncGenerator<string, void> {
  try {
    const stream = createReadStream(file)
    // `readline` does not pass on what the stream has to say.
    const opened = new Promise<void>((resolve, reject) => {
      stream.once('ready', resolve)
      stream.once('error', reject)
    })
    await opened
    yield* createInterface({ input: stream, crlfDelay: Infinity })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LauncherError('INPUT_UNREADABLE', `${file} cannot be read: ${reason}`, {
      exitCode: 2,
      cause,
    })
  }
}
