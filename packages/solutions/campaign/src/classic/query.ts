import { z } from 'zod'
import { notInDoubt } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { answerUnreadable } from '../receipts.ts'
import type { FaultEntry } from './fault-codes.ts'
import type { CallSoap } from './soap-client.ts'

/** A `select` on one schema; conditions are joined by AND. */
export interface Query {
  readonly schema: 'nms:recipient' | 'nms:group' | 'nms:rcpGrpRel' | 'xtk:folder'
  /** XPaths: `@id`, `[@group-id]`; one over a link comes back under another name. */
  readonly select: readonly (string | { readonly path: string; readonly as: string })[]
  readonly where: readonly string[]
  readonly lineCount: number
}

export type QueryOutcome =
  /** Attributes by name, without `@`. */
  | { readonly kind: 'lines'; readonly lines: readonly Readonly<Record<string, string>>[] }
  | { readonly kind: 'fault'; readonly entry: FaultEntry; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * A string as a literal of Campaign's expressions. Backslash and apostrophe are escaped as Adobe's own SDK does (`escapeXtk`
 * of `@adobe/acc-js-sdk`), so that no identity can end the literal.
 */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`
}

const output = z.object({ pdomOutput: z.unknown() })
const attributes = z.record(z.string(), z.unknown())

/** Reads lines by `xtk:queryDef#ExecuteQuery` (`reference/solutions.md` §4.2). Nothing is written: no receipt of it is in doubt. */
export async function executeQuery(call: CallSoap, query: Query): Promise<QueryOutcome> {
  const outcome = await call({
    schema: 'xtk:queryDef',
    method: 'ExecuteQuery',
    parameters: {
      __sessiontoken: '',
      entity: {
        queryDef: {
          '@schema': query.schema,
          '@operation': 'select',
          '@lineCount': `${query.lineCount}`,
          select: { node: query.select.map(nodeOf) },
          where: { condition: query.where.map((expression) => ({ '@expr': expression })) },
        },
      },
    },
  })
  if (outcome.kind !== 'answer') return { ...outcome, refusal: notInDoubt(outcome.refusal) }
  const lines = readLines(outcome.content, query.schema)
  if (lines === undefined) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
  return { kind: 'lines', lines }
}

function nodeOf(wanted: Query['select'][number]): Readonly<Record<string, string>> {
  return typeof wanted === 'string'
    ? { '@expr': wanted }
    : { '@expr': wanted.path, '@alias': wanted.as }
}

/** The lines inside `pdomOutput`: an enumeration whose own name does not matter, of elements named as the schema. */
function readLines(
  content: unknown,
  schema: Query['schema'],
): readonly Readonly<Record<string, string>>[] | undefined {
  const parsed = output.safeParse(content)
  if (!parsed.success) return undefined
  const name = schema.slice(schema.indexOf(':') + 1)
  const lines: Record<string, string>[] = []
  for (const [key, collection] of entriesOf(parsed.data.pdomOutput)) {
    if (key.startsWith('@')) continue
    for (const [element, found] of entriesOf(collection)) {
      if (element !== name) continue
      for (const one of Array.isArray(found) ? (found as readonly unknown[]) : [found]) {
        const line: Record<string, string> = {}
        for (const [attribute, value] of entriesOf(one)) {
          if (attribute.startsWith('@') && typeof value === 'string')
            line[attribute.slice(1)] = value
        }
        lines.push(line)
      }
    }
  }
  return lines
}

function entriesOf(element: unknown): readonly (readonly [string, unknown])[] {
  const result = attributes.safeParse(element)
  return result.success ? Object.entries(result.data) : []
}
