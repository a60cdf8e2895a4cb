import { promisify } from 'node:util'
import { constants, gunzip, zstdDecompress } from 'node:zlib'
import { Problem } from '../problem.ts'

/** Decompresses a body, off the main thread. */
export type Decompress = (body: Buffer) => Promise<Buffer>

/**
 * What undoes a `Content-Encoding`; undefined where there is nothing to undo.
 *
 * Both the result's size and the memory on the way are bounded, so that a small body cannot become a large one: at most
 * `maxBytes`, and for zstd a window of at most 8 MiB (what RFC 9659 allows over HTTP).
 *
 * @throws Problem ENCODING_UNSUPPORTED; the promise rejects with PAYLOAD_TOO_LARGE or BODY_UNREADABLE
 */
export function decompressor(
  contentEncoding: string | undefined,
  maxBytes: number,
): Decompress | undefined {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase()
  switch (encoding) {
    case 'identity':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return (body) => bounded(() => inflate(body, { maxOutputLength: maxBytes }), maxBytes)
    case 'zstd':
      return (body) =>
        bounded(() => unzstd(body, { maxOutputLength: maxBytes, params: zstdLimits }), maxBytes)
    default:
      throw new Problem('ENCODING_UNSUPPORTED', 'Content-Encoding is none of those that are read')
  }
}

const inflate = promisify(gunzip)
const unzstd = promisify(zstdDecompress)
const zstdLimits = { [constants.ZSTD_d_windowLogMax]: 23 }

async function bounded(run: () => Promise<Buffer>, maxBytes: number): Promise<Buffer> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Problem(
        'PAYLOAD_TOO_LARGE',
        `the body is more than ${maxBytes} bytes when decompressed`,
      )
    }
    throw new Problem('BODY_UNREADABLE', 'the body could not be decompressed')
  }
}
