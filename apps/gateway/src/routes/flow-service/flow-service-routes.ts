import { randomUUID } from 'node:crypto'
import { organisationDocument, type CommandContext, type Configuration } from '@segue/destinations'
import type { FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { sandboxOf } from '../../sandbox.ts'
import type { Services } from '../../services.ts'

/** What the routes of the flow service share. */

export const flowServicePath = '/data/foundation/flowservice'

/** Managing includes reading (`reference/platform.md` §5), and the seed's list for activating has no View Destinations. */
export const mayView: { readonly anyOf: readonly ['view-destinations', 'manage-destinations'] } = {
  anyOf: ['view-destinations', 'manage-destinations'],
}

export const idParams: TSchema = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) })

/** Headers of a change by version. */
export const changeHeaders: TSchema = Type.Object({
  'x-sandbox-name': Type.Optional(Type.String({ description: 'The sandbox. Without it: `prod`.' })),
  'if-match': Type.Optional(
    Type.String({ description: 'The `etag` that was read, with its quotes. Required.' }),
  ),
})

/** What answers a change. */
export const idAndEtagSchema: TSchema = Type.Object(
  { id: Type.String(), etag: Type.String({ description: 'With its quotes.' }) },
  { title: 'IdAndEtag' },
)

export const removed: object = { description: 'It is gone.', type: 'null' }

const textSchema = Type.String()
const epochMsSchema = Type.Integer({ description: 'Epoch milliseconds.' })

/** What every object says of its making. */
export const madeFields: Readonly<Record<string, TSchema>> = {
  id: textSchema,
  createdAt: epochMsSchema,
  updatedAt: epochMsSchema,
  createdBy: textSchema,
  updatedBy: textSchema,
  sandboxId: textSchema,
  sandboxName: textSchema,
  imsOrgId: textSchema,
  version: textSchema,
  etag: textSchema,
}

export const specRefSchema: TSchema = Type.Object({
  id: Type.String({ maxLength: 64 }),
  version: Type.Optional(Type.String({ maxLength: 16 })),
})

export const nameSchema: TSchema = Type.String({ minLength: 1, maxLength: 255 })
export const descriptionSchema: TSchema = Type.String({ maxLength: 2_000 })

/** Where a request's command runs. @throws Problem SANDBOX_UNKNOWN */
export function contextOf(request: FastifyRequest, services: Services): CommandContext {
  return {
    sandboxName: sandboxOf(request, services.sandboxes).name,
    nowMs: services.clock.nowMs(),
    newId: randomUUID,
    solutions: services.config.solutions,
  }
}

/** An object as it is shown: with this gateway's organisation, where the configuration does not name it. */
export function shown(
  view: Readonly<Record<string, unknown>>,
  configuration: Configuration,
  { config }: Services,
): Readonly<Record<string, unknown>> {
  const { imsOrgId = config.imsOrgId } = organisationDocument(configuration).value
  return { ...view, imsOrgId }
}
