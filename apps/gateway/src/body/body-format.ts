import { Problem } from '../problem.ts'
import { readJson } from './json.ts'
import { readMsgpack } from './msgpack.ts'
import { readNdjson } from './ndjson.ts'
import type { Updates } from './updates.ts'

export type BodyReader = (body: Buffer) => Updates

/**
 * The reader for a `Content-Type`. A `charset` other than UTF-8 is refused, other parameters are ignored.
 * @throws Problem MEDIA_TYPE_UNSUPPORTED
 */
export function bodyReader(contentType: string | undefined): BodyReader {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const reader = readers.get(type.trim())
  if (reader === undefined) {
    throw new Problem('MEDIA_TYPE_UNSUPPORTED', 'Content-Type is none of those that are read')
  }
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=')
    const charset = value.trim().replaceAll('"', '')
    if (name.trim() === 'charset' && charset !== 'utf-8' && charset !== 'utf8') {
      throw new Problem('MEDIA_TYPE_UNSUPPORTED', 'the only charset that is read is utf-8')
    }
  }
  return reader
}

/** None of the names for NDJSON and msgpack is registered by itself, so that senders use several. */
const readers: ReadonlyMap<string, BodyReader> = new Map([
  ['application/json', readJson],
  ['application/x-ndjson', readNdjson],
  ['application/ndjson', readNdjson],
  ['application/jsonl', readNdjson],
  ['application/x-jsonlines', readNdjson],
  ['application/msgpack', readMsgpack],
  ['application/vnd.msgpack', readMsgpack],
  ['application/x-msgpack', readMsgpack],
])
