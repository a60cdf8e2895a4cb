import { Problem } from '../problem.ts'
import { readJson } from './json.ts'
import { readMsgpack } from './msgpack.ts'
import { readNdjson } from './ndjson.ts'
import type { Updates } from './updates.ts'

export interface BodyReader {
  /** @throws Problem MALFORMED_JSON, MALFORMED_MSGPACK */
  readonly read: (body: Buffer) => Updates
  readonly format: 'json' | 'msgpack'
}

const json: BodyReader = { read: readJson, format: 'json' }
const ndjson: BodyReader = { read: readNdjson, format: 'json' }
const msgpack: BodyReader = { read: readMsgpack, format: 'msgpack' }

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
  ['application/json', json],
  ['application/x-ndjson', ndjson],
  ['application/ndjson', ndjson],
  ['application/jsonl', ndjson],
  ['application/x-jsonlines', ndjson],
  ['application/msgpack', msgpack],
  ['application/vnd.msgpack', msgpack],
  ['application/x-msgpack', msgpack],
])
