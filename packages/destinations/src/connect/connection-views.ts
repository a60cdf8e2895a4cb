import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { madeOf } from './made.ts'

/** Kinds of connections, as documents. */
export type ConnectionKind = 'connection' | 'sourceConnection' | 'targetConnection'

/** A connection as it is read (`reference/platform.md` §4.2), and as a patch sees it. */
export function connectionView(
  configuration: Configuration,
  kind: ConnectionKind,
  document: Document<ConnectionKind>,
): Readonly<Record<string, unknown>> {
  const { value } = document
  const { name, description, connectionSpec } = value
  return {
    ...madeOf(configuration, document, value.sandboxName),
    name,
    description,
    connectionSpec,
    ...('baseConnectionId' in value ? { baseConnectionId: value.baseConnectionId } : {}),
    ...(kind === 'connection' ? {} : { data: { format: 'json' } }),
    params: 'params' in value ? value.params : {},
    state: 'enabled',
  }
}
