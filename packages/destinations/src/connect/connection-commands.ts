import type { Configuration } from '../configuration/configuration.ts'
import { checkEtag, type Decision, type Write } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { applyJsonPatch, type PatchOperation } from '../patch/json-patch.ts'
import { destinationSpecId, profileStoreSpecId, specVersion } from './catalog.ts'
import { connectionView, type ConnectionKind } from './connection-views.ts'
import type { SpecRef } from './connections.ts'
import {
  fieldOf,
  namedFaults,
  readNamed,
  readOnlyFaults,
  refuseFaults,
  type Fault,
} from './fields.ts'
import { parseTargetParams } from './parse-target.ts'

/** Where and by what a command of the flow service runs. */
export interface CommandContext {
  readonly sandboxName: string
  readonly nowMs: number
  /** Another id with each call. */
  readonly newId: () => string
  /** Solutions that this Segue can reach. */
  readonly solutions: readonly string[]
}

/** What is told of an object that was made or changed (`reference/platform.md` §4.2). */
export interface IdAndEtag {
  readonly id: string
  readonly etag: string
}

/** A connection as somebody asks for it. */
export interface ConnectionRequest {
  readonly name: string
  readonly description?: string
  readonly connectionSpec: { readonly id: string; readonly version?: string }
  /** Of source and target connections. */
  readonly baseConnectionId?: string
  readonly params?: unknown
}

/** Connections of one kind in a sandbox (`reference/platform.md` §10: destinations a sandbox). */
export const connectionsPerSandboxLimit = 100

/** What each kind may be made of. */
const specsOf: Readonly<Record<ConnectionKind, readonly string[]>> = {
  connection: [profileStoreSpecId, destinationSpecId],
  sourceConnection: [profileStoreSpecId],
  targetConnection: [destinationSpecId],
}

/**
 * Makes a connection: to the profile store, or to Experience Cloud Audiences ("Set up").
 * @throws Refusal CONNECTION_INVALID; SANDBOX_CONNECTION_LIMIT; and what the rules of the whole configuration refuse
 */
export function createConnection(
  configuration: Configuration,
  kind: ConnectionKind,
  request: ConnectionRequest,
  context: CommandContext,
): Decision<IdAndEtag> {
  const { sandboxName } = context
  const { id: specId, version = specVersion } = request.connectionSpec
  refuseFaults('CONNECTION_INVALID', [
    ...namedFaults({ name: request.name, description: request.description }),
    ...(specsOf[kind].includes(specId)
      ? []
      : [{ pointer: '/connectionSpec/id', detail: 'is none that a connection of this kind has' }]),
    ...(version === specVersion
      ? []
      : [{ pointer: '/connectionSpec/version', detail: `must be ${specVersion}` }]),
    ...baseFaults(configuration, kind, request, sandboxName),
  ])
  const all = configuration.all(kind).filter(({ value }) => value.sandboxName === sandboxName)
  if (all.length >= connectionsPerSandboxLimit) {
    throw new Refusal(
      'SANDBOX_CONNECTION_LIMIT',
      `the sandbox has ${connectionsPerSandboxLimit} of them already`,
    )
  }
  const id = context.newId()
  const common = {
    sandboxName,
    name: request.name.trim(),
    description: request.description ?? '',
    connectionSpec: { id: specId, version },
  }
  return {
    writes: [writeOf(configuration, kind, id, common, request, context)],
    answer: answerOf(kind, id),
  }
}

function writeOf(
  configuration: Configuration,
  kind: ConnectionKind,
  id: string,
  common: {
    readonly sandboxName: string
    readonly name: string
    readonly description: string
    readonly connectionSpec: SpecRef
  },
  { baseConnectionId = '', params }: ConnectionRequest,
  { solutions }: CommandContext,
): Write {
  switch (kind) {
    case 'connection':
      return { kind, id, value: { ...common, state: 'enabled' } }
    case 'sourceConnection':
      return { kind, id, value: { ...common, baseConnectionId } }
    case 'targetConnection': {
      const { value: organisation } = organisationDocument(configuration)
      const parsed = parseTargetParams(params, organisation, solutions)
      return { kind, id, value: { ...common, baseConnectionId, params: parsed } }
    }
  }
}

/** A source or target connection stands on a connection of the same sandbox and spec. */
function baseFaults(
  configuration: Configuration,
  kind: ConnectionKind,
  { baseConnectionId, connectionSpec }: ConnectionRequest,
  sandboxName: string,
): readonly Fault[] {
  if (kind === 'connection') return []
  const base = configuration.get('connection', baseConnectionId ?? '')?.value
  if (base?.sandboxName !== sandboxName) {
    return [{ pointer: '/baseConnectionId', detail: 'names no connection of the sandbox' }]
  }
  return base.connectionSpec.id === connectionSpec.id
    ? []
    : [{ pointer: '/baseConnectionId', detail: 'names a connection of another spec' }]
}

/**
 * Changes a connection by a JSON Patch on what reading it shows: name, description, and how a target is used.
 * @throws Refusal CONNECTION_UNKNOWN; IF_MATCH_MISSING; ETAG_STALE; PATCH_INVALID; PATCH_TEST_FAILED; FIELD_READ_ONLY;
 * CONNECTION_INVALID; SOLUTIONS_APPEND_ONLY
 */
export function patchConnection(
  configuration: Configuration,
  kind: ConnectionKind,
  id: string,
  ifMatch: string | undefined,
  operations: readonly PatchOperation[],
  { sandboxName, solutions }: CommandContext,
): Decision<IdAndEtag> {
  const document = connectionOf(configuration, kind, id, sandboxName)
  checkEtag(document, ifMatch)
  const before = connectionView(configuration, kind, document)
  const after = applyJsonPatch(before, operations)
  const editable = ['/name', '/description', ...(kind === 'targetConnection' ? ['/params'] : [])]
  refuseFaults('FIELD_READ_ONLY', readOnlyFaults(before, after, editable))
  const named = readNamed('CONNECTION_INVALID', after)
  const write = (): Write => {
    const { value } = document
    if ('params' in value) {
      const { value: organisation } = organisationDocument(configuration)
      const params = parseTargetParams(fieldOf(after, 'params'), organisation, solutions)
      refuseLostSolutions(configuration, id, value.params.solutions, params.solutions)
      return { kind: 'targetConnection', id, value: { ...value, ...named, params } }
    }
    return 'baseConnectionId' in value
      ? { kind: 'sourceConnection', id, value: { ...value, ...named } }
      : { kind: 'connection', id, value: { ...value, ...named } }
  }
  return { writes: [write()], answer: answerOf(kind, id) }
}

/** Rows in the outbox name a solution by its place among the dataflow's (design §8). */
function refuseLostSolutions(
  configuration: Configuration,
  id: string,
  before: readonly string[],
  after: readonly string[],
): void {
  const isUsed = configuration.all('flow').some(({ value }) => value.targetConnectionId === id)
  if (!isUsed || before.every((solution, index) => after[index] === solution)) return
  throw new Refusal(
    'SOLUTIONS_APPEND_ONLY',
    'the change would remove or reorder solutions of a connection that a flow uses',
    { solutions: before },
  )
}

/**
 * Removes a connection that nothing needs.
 * @throws Refusal CONNECTION_UNKNOWN; CONNECTION_IN_USE
 */
export function deleteConnection(
  configuration: Configuration,
  kind: ConnectionKind,
  id: string,
  { sandboxName }: Pick<CommandContext, 'sandboxName'>,
): Decision<undefined> {
  connectionOf(configuration, kind, id, sandboxName)
  const usedBy = usersOf(configuration, id)
  if (usedBy.length > 0) {
    throw new Refusal('CONNECTION_IN_USE', `it is used by ${usedBy.length} others`, { usedBy })
  }
  return { writes: [{ kind, id, value: undefined }], answer: () => undefined }
}

/** What is named of users of a connection in an answer. */
const usersShown = 20

function usersOf(
  configuration: Configuration,
  id: string,
): readonly { readonly kind: string; readonly id: string; readonly name: string }[] {
  const connections = (['sourceConnection', 'targetConnection'] as const).flatMap((kind) =>
    configuration
      .all(kind)
      .filter(({ value }) => value.baseConnectionId === id)
      .map((document) => ({ kind, id: document.id, name: document.value.name })),
  )
  const flows = configuration
    .all('flow')
    .filter(({ value }) => value.sourceConnectionId === id || value.targetConnectionId === id)
    .map((document) => ({ kind: 'flow', id: document.id, name: document.value.name }))
  return [...connections, ...flows].slice(0, usersShown)
}

/** @throws Refusal CONNECTION_UNKNOWN, for those of other sandboxes too */
export function connectionOf<K extends ConnectionKind>(
  configuration: Configuration,
  kind: K,
  id: string,
  sandboxName: string,
): Document<K> {
  const document = configuration.get(kind, id)
  if (document?.value.sandboxName !== sandboxName) {
    throw new Refusal('CONNECTION_UNKNOWN', 'the sandbox has no such connection')
  }
  return document
}

/** Id and etag of what was written. */
export function answerOf(
  kind: ConnectionKind | 'flow',
  id: string,
): (after: Configuration) => IdAndEtag {
  // Somebody may have deleted it again before the answer is made.
  return (after) => ({ id, etag: after.get(kind, id)?.etag ?? '' })
}
