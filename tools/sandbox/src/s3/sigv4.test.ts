import { expect, test } from 'vitest'
import { objectOf } from './body.ts'
import { checkSignature, type SignedRequest } from './sigv4.ts'

/** The key pair, requests and signatures of the examples in AWS' own documentation of Signature Version 4. */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
}
const time = '20130524T000000Z'
const nowMs = Date.UTC(2013, 4, 24)

function signed(
  headers: Readonly<Record<string, string>>,
  signature: string,
): Record<string, string> {
  const names = Object.keys(headers).toSorted().join(';')
  const credential = `${credentials.accessKeyId}/20130524/us-east-1/s3/aws4_request`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`,
  }
}

const get: SignedRequest = {
  method: 'GET',
  path: '/test.txt',
  query: '',
  nowMs,
  headers: signed(
    {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': time,
    },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ),
}

test('the documented signatures of a GET and of a list are right', () => {
  expect(checkSignature(get, credentials).scope).toBe('20130524/us-east-1/s3/aws4_request')
  const list = {
    ...get,
    path: '/',
    query: 'max-keys=2&prefix=J',
    headers: signed(
      {
        host: 'examplebucket.s3.amazonaws.com',
        'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        'x-amz-date': time,
      },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
  }
  expect(() => checkSignature(list, credentials)).not.toThrow()
})

test('any change of what was signed, an old request, and a malformed header are refused', () => {
  const refusal = (change: Partial<SignedRequest>): unknown => {
    try {
      return checkSignature({ ...get, ...change }, credentials)
    } catch (error) {
      return error
    }
  }
  expect(refusal({ path: '/other.txt' })).toMatchObject({ code: 'SignatureDoesNotMatch' })
  expect(refusal({ method: 'PUT' })).toMatchObject({ code: 'SignatureDoesNotMatch' })
  expect(refusal({ headers: { ...get.headers, range: 'bytes=0-8' } })).toMatchObject({
    code: 'SignatureDoesNotMatch',
  })
  expect(refusal({ nowMs: nowMs + 900_001 })).toMatchObject({ code: 'RequestTimeTooSkewed' })
  expect(refusal({ headers: { ...get.headers, authorization: 'AWS x:y' } })).toMatchObject({
    code: 'AuthorizationHeaderMalformed',
  })
})

const content = Buffer.alloc(66_560, 'a')

function framed(signatures: readonly string[], trailer: string): Buffer {
  const chunks = [content.subarray(0, 65_536), content.subarray(65_536), Buffer.alloc(0)]
  const frames = chunks.flatMap((chunk, index) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signatures[index]}\r\n`),
    chunk,
    Buffer.from(chunk.length === 0 ? trailer : '\r\n'),
  ])
  return Buffer.concat(frames)
}

const chunkedHeaders = signed(
  {
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    host: 's3.amazonaws.com',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': time,
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  },
  '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
)
const chunkedPut: SignedRequest = {
  method: 'PUT',
  path: '/examplebucket/chunkObject.txt',
  query: '',
  nowMs,
  headers: chunkedHeaders,
}
const chunkSignatures = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
]

test('the documented body in signed chunks is taken apart, and refused where a byte differs', () => {
  const seed = checkSignature(chunkedPut, credentials)
  const body = framed(chunkSignatures, '\r\n')
  expect(objectOf(body, chunkedHeaders, seed).equals(content)).toBe(true)
  const changed = Buffer.from(body)
  changed.write('b', 200)
  expect(() => objectOf(changed, chunkedHeaders, seed)).toThrow('SignatureDoesNotMatch')
  expect(() => objectOf(body.subarray(0, 66_000), chunkedHeaders, seed)).toThrow('IncompleteBody')
  expect(() => objectOf(body.subarray(0, 1000), chunkedHeaders, seed)).toThrow('IncompleteBody')
})

function trailerWith(sum: string): string {
  const signature = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435'
  return `x-amz-checksum-crc32c:${sum}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`
}

test('the documented body with a signed trailer is taken apart, and refused where the trailer differs', () => {
  const headers = signed(
    {
      'content-encoding': 'aws-chunked',
      host: 's3.amazonaws.com',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-date': time,
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    },
    '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  )
  const seed = checkSignature({ ...chunkedPut, headers }, credentials)
  const signatures = [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ]
  expect(objectOf(framed(signatures, trailerWith('sOO8/Q==')), headers, seed).equals(content)).toBe(
    true,
  )
  expect(() => objectOf(framed(signatures, trailerWith('sOO8/A==')), headers, seed)).toThrow(
    'SignatureDoesNotMatch',
  )
})
