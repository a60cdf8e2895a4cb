import { isUtf8 } from 'node:buffer'
import { Problem } from '../problem.ts'
import { withoutMark } from './byte-order-mark.ts'
import { updatesOf } from './updates.ts'
import type { Updates } from './updates.ts'

/**
 * Reads a body of `application/json`: an array of updates, or one update.
 * @throws Problem MALFORMED_JSON
 */
export function readJson(body: Buffer): Updates {
  if (!isUtf8(body)) throw new Problem('MALFORMED_JSON', 'the body is not UTF-8')
  try {
    return updatesOf(JSON.parse(withoutMark(body).toString('utf8')))
  } catch {
    // The parser's message quotes the body, which holds identities.
    throw new Problem('MALFORMED_JSON', 'the body is not JSON')
  }
}
