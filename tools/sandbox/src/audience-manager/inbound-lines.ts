import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A line of a file; undefined where it is over-long or no UTF-8, which is all that is known of it then. */
export type FileLine = string | undefined

const newline = 0x0a
const batchLines = 500

/**
 * The lines of an uploaded file, in batches; a last empty one after the closing newline is none.
 * @throws the decompressor's error where the content is not what `gzipped` says
 */
export async function* linesOf(
  content: Buffer,
  gzipped: boolean,
  lineBytes: number,
): AsyncGenerator<readonly FileLine[]> {
  let batch: FileLine[] = []
  for await (const line of rawLines(content, gzipped)) {
    batch.push(line.length <= lineBytes && isUtf8(line) ? line.toString() : undefined)
    if (batch.length < batchLines) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function* rawLines(content: Buffer, gzipped: boolean): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer> | Iterable<Buffer> = gzipped
    ? Readable.from([content]).pipe(createGunzip())
    : [content]
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      yield bytes.subarray(from, end)
      from = end + 1
    }
    rest = bytes.subarray(from)
  }
  if (rest.length > 0) yield rest
}
