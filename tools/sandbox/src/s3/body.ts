import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Refused } from './errors.ts'
import { checkChunk, checkTrailer, sha256, type Signature } from './sigv4.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * The object in a PUT's body: taken out of `aws-chunked` framing where it is framed, and checked against what the client
 * signed and announced (content hash, chunk signatures, length, checksum header or trailer).
 * @throws S3Refused
 */
export function objectOf(body: Buffer, headers: Headers, seed: Signature): Buffer {
  const { contentHash } = seed
  if (!contentHash.startsWith('STREAMING-')) {
    if (contentHash !== 'UNSIGNED-PAYLOAD' && contentHash !== sha256(body)) {
      throw new S3Refused('XAmzContentSHA256Mismatch')
    }
    checkChecksums(body, headers)
    return body
  }
  const { content, trailer } = unframe(body, seed)
  const announced = headers['x-amz-decoded-content-length']
  if (announced !== undefined && Number(announced) !== content.length) {
    throw new S3Refused('IncompleteBody')
  }
  checkChecksums(content, { ...headers, ...trailer })
  return content
}

/** Reads `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n` up to the chunk of size 0, then trailing headers. */
function unframe(body: Buffer, seed: Signature): { content: Buffer; trailer: Headers } {
  const signed = seed.contentHash.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  const chunks: Buffer[] = []
  let previous = seed.signature
  let at = 0
  for (;;) {
    const end = body.indexOf('\r\n', at)
    if (end < 0) throw new S3Refused('IncompleteBody')
    const head = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(
      body.toString('latin1', at, end),
    )
    if (head === null) throw new S3Refused('IncompleteBody')
    const size = Number.parseInt(head[1] ?? '', 16)
    at = end + 2
    if (at + size > body.length) throw new S3Refused('IncompleteBody')
    const chunk = body.subarray(at, at + size)
    at += size
    if (signed) previous = checkChunk(seed, previous, chunk, head[2] ?? '')
    if (size === 0) break
    chunks.push(chunk)
    if (body.toString('latin1', at, at + 2) !== '\r\n') throw new S3Refused('IncompleteBody')
    at += 2
  }
  return {
    content: Buffer.concat(chunks),
    trailer: trailerOf(body.toString('latin1', at), seed, previous),
  }
}

function trailerOf(text: string, seed: Signature, previous: string): Headers {
  const trailer: Record<string, string> = {}
  let signature = ''
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') signature = value
    else trailer[name] = value
  }
  if (seed.contentHash === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER') {
    const canonical = Object.entries(trailer).map(([name, value]) => `${name}:${value}\n`)
    checkTrailer(seed, previous, canonical.join(''), signature)
  }
  return trailer
}

/** Checksums that Node can compute; of others (CRC32C, CRC64NVME) nothing is checked. */
function checkChecksums(content: Buffer, headers: Headers): void {
  const expected: Readonly<Record<string, () => string>> = {
    'x-amz-checksum-crc32': () => {
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(content))
      return sum.toString('base64')
    },
    'x-amz-checksum-sha1': () => createHash('sha1').update(content).digest('base64'),
    'x-amz-checksum-sha256': () => createHash('sha256').update(content).digest('base64'),
    'content-md5': () => createHash('md5').update(content).digest('base64'),
  }
  for (const [name, sum] of Object.entries(expected)) {
    const given = headers[name]
    if (given !== undefined && given !== sum()) throw new S3Refused('BadDigest')
  }
}
