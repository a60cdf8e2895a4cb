import { applyPatch } from 'rfc6902'
import { Refusal } from '../configuration/refusal.ts'

/** One operation of a JSON Patch (RFC 6902), as it came. */
export interface PatchOperation {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** Most operations of one patch: enough to replace every segment of a flow twice. */
export const patchOperationsLimit = 1_000
/** Characters that `copy` operations may add together: copies of copies grow without end. */
const copiedCharactersMax = 4_194_304

/**
 * Applies a JSON Patch, one operation after the other, as RFC 6902 says: an index counts in the list as the operations before
 * have left it. All or nothing; the document that is given stays as it is.
 *
 * Applying is the library's. What it lets pass is refused here: pointers that are none, indices beyond a list or with leading
 * zeros, and names that reach an object's prototype; and `move` and `copy` are told to it as the removal and addition that they
 * are defined as, since it looks up a `move`'s target before the removal.
 *
 * @returns the document as it is then
 * @throws Refusal PATCH_INVALID, PATCH_TEST_FAILED: `errors` names the operation and what is wrong with it
 */
export function applyJsonPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  if (operations.length > patchOperationsLimit) {
    throw invalid('', `has more than ${patchOperationsLimit} operations`)
  }
  // The document hangs from a name, so that an empty pointer has a parent as any other.
  const held: Held = { root: structuredClone(document) }
  let copiedCharacters = 0
  for (const [index, operation] of operations.entries()) {
    const at = `/${index}`
    const path = tokensOf(operation.path, `${at}/path`)
    switch (operation.op) {
      case 'add':
        addAt(held, path, valueOf(operation, at), at)
        break
      case 'remove':
        removeAt(held, path, at, 'path')
        break
      case 'replace': {
        const value = valueOf(operation, at)
        locate(held, path, `${at}/path`)
        run(held, { op: 'replace', path: pointerOf(path), value }, at)
        break
      }
      case 'test': {
        const value = valueOf(operation, at)
        locate(held, path, `${at}/path`)
        run(held, { op: 'test', path: pointerOf(path), value }, at)
        break
      }
      case 'copy': {
        const value = locate(held, fromOf(operation, at), `${at}/from`)
        copiedCharacters += JSON.stringify(value).length
        if (copiedCharacters > copiedCharactersMax) throw invalid(at, 'copies too much')
        addAt(held, path, value, at)
        break
      }
      case 'move': {
        const from = fromOf(operation, at)
        const isInside =
          from.length < path.length && from.every((token, place) => token === path[place])
        if (isInside) throw invalid(`${at}/path`, 'would move a value into itself')
        const value = locate(held, from, `${at}/from`)
        // Moved to where it is: nothing, and the root cannot be removed.
        if (pointerOf(from) === pointerOf(path)) break
        removeAt(held, from, at, 'from')
        addAt(held, path, value, at)
        break
      }
      default:
        throw invalid(`${at}/op`, 'is none of add, remove, replace, move, copy, test')
    }
  }
  return held.root
}

/** A document with a name to hang from. */
interface Held {
  readonly root: unknown
}

type Tokens = readonly string[]

/** Names that reach beyond an object's own properties. */
const dangerousTokens: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

function tokensOf(pointer: unknown, at: string): Tokens {
  if (typeof pointer !== 'string' || !/^(?:\/(?:[^~/]|~[01])*)*$/u.test(pointer)) {
    throw invalid(at, 'is no JSON pointer')
  }
  const tokens = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (tokens.some((token) => dangerousTokens.has(token))) {
    throw invalid(at, 'names what no object of ours has')
  }
  return tokens
}

function pointerOf(tokens: Tokens): string {
  return [
    '/root',
    ...tokens.map((token) => token.replaceAll('~', '~0').replaceAll('/', '~1')),
  ].join('/')
}

function fromOf({ from }: PatchOperation, at: string): Tokens {
  return tokensOf(from, `${at}/from`)
}

function valueOf(operation: PatchOperation, at: string): unknown {
  if (!Object.hasOwn(operation, 'value')) throw invalid(`${at}/value`, 'is missing')
  return operation.value
}

/** The value at a pointer. @throws Refusal where there is none */
function locate(held: Held, tokens: Tokens, at: string): unknown {
  let value: unknown = held.root
  for (const token of tokens) {
    if (Array.isArray(value)) {
      if (!isIndex(token) || Number(token) >= value.length) throw nowhere(at)
      value = value[Number(token)]
    } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, token)) {
      value = Reflect.get(value, token)
    } else {
      throw nowhere(at)
    }
  }
  return value
}

function addAt(held: Held, path: Tokens, value: unknown, at: string): void {
  const token = path.at(-1)
  if (token !== undefined) {
    const parent = locate(held, path.slice(0, -1), `${at}/path`)
    if (typeof parent !== 'object' || parent === null) throw nowhere(`${at}/path`)
    const isPlace = token === '-' || isIndex(token)
    if (Array.isArray(parent) && (!isPlace || (token !== '-' && Number(token) > parent.length))) {
      throw nowhere(`${at}/path`)
    }
  }
  run(held, { op: 'add', path: pointerOf(path), value }, at)
}

function removeAt(held: Held, path: Tokens, at: string, field: 'path' | 'from'): void {
  if (path.length === 0) throw invalid(`${at}/${field}`, 'is the whole document')
  locate(held, path, `${at}/${field}`)
  run(held, { op: 'remove', path: pointerOf(path) }, at)
}

function isIndex(token: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(token)
}

type LibraryOperation = Parameters<typeof applyPatch>[1][number]

function run(held: Held, operation: LibraryOperation, at: string): void {
  const [failure] = applyPatch(held, [operation])
  if (failure === null || failure === undefined) return
  if (operation.op === 'test') {
    throw new Refusal('PATCH_TEST_FAILED', 'a test of the patch found another value', {
      errors: [{ pointer: at, detail: 'found another value' }],
    })
  }
  throw nowhere(`${at}/path`)
}

function nowhere(at: string): Refusal {
  return invalid(at, 'leads nowhere')
}

function invalid(pointer: string, detail: string): Refusal {
  return new Refusal('PATCH_INVALID', `the patch cannot be applied: ${pointer} ${detail}`, {
    errors: [{ pointer, detail }],
  })
}
