import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decompressor } from './decompress.ts'

const text = Buffer.from('all that was sent, '.repeat(100))

test.each([
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  [' GZIP ', gzipSync(text)],
  ['gzip', Buffer.concat([gzipSync(text.subarray(0, 50)), gzipSync(text.subarray(50))])],
  ['zstd', zstdCompressSync(text)],
])('%s is undone', async (encoding, sent) => {
  expect(await decompressor(encoding, text.length)?.(sent)).toEqual(text)
})

test.each([undefined, 'identity', 'Identity'])('nothing has to be undone for %s', (encoding) => {
  expect(decompressor(encoding, 1_024)).toBeUndefined()
})

test.each(['br', 'deflate', 'gzip, gzip', 'zip'])('%s is refused', (encoding) => {
  expect(() => decompressor(encoding, 1_024)).toThrow(
    expect.objectContaining({ code: 'ENCODING_UNSUPPORTED', status: 415 }),
  )
})

const zeros = Buffer.alloc(50_000_000)
test.each([
  ['gzip', gzipSync(zeros)],
  ['zstd', zstdCompressSync(zeros)],
])('a small body of %s that becomes a large one is refused', async (encoding, sent) => {
  expect(sent.length).toBeLessThan(100_000)
  await expect(decompressor(encoding, 1_000_000)?.(sent)).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    status: 413,
  })
})

test('zstd that asks for a window of more than 8 MiB is refused', async () => {
  const params = {
    [constants.ZSTD_c_windowLog]: 27,
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_contentSizeFlag]: 0,
  }
  const sent = zstdCompressSync(Buffer.alloc(40_000_000), { params })
  await expect(decompressor('zstd', 100_000_000)?.(sent)).rejects.toMatchObject({
    code: 'BODY_UNREADABLE',
  })
})

test.each([
  ['gzip', text],
  ['gzip', gzipSync(text).subarray(0, 40)],
  ['gzip', deflateSync(text)],
  ['zstd', text],
  ['zstd', zstdCompressSync(text).subarray(0, 20)],
])('a body that is not %s as it says is refused', async (encoding, sent) => {
  await expect(decompressor(encoding, 1_000_000)?.(sent)).rejects.toMatchObject({
    code: 'BODY_UNREADABLE',
    status: 400,
  })
})
