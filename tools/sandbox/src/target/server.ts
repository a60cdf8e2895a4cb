import type { FastifyRequest } from 'fastify'
import { ControlInvalid, controlBody } from '../control/control-body.ts'
import { createIms } from '../ims/ims.ts'
import { isObject } from '../json/json.ts'
import {
  type Counterpart,
  SeedInvalid,
  type ServerContext,
  type SolutionServer,
} from '../solution-server.ts'
import { type Account, createAccount, type KeptAccount } from './account.ts'
import { createAdmin } from './admin.ts'
import { createEdge } from './edge.ts'
import type { IdKind, Profile } from './profiles.ts'
import type { TargetReady } from './ready.ts'
import type { TargetSettings } from './settings.ts'
import { readTargetRule } from './target-rule.ts'

/** Target in the sandbox: edge, Admin API and IMS (reference §5). */
export function targetServer(
  settings: TargetSettings,
  context: ServerContext,
): SolutionServer<TargetReady> {
  const solution = 'target'
  const account = createAccount(settings, context)
  const { batches, singleUpdates } = account
  const ims = createIms({ ...settings, ...context, solution })
  return {
    solution,
    apps: {
      edge: createEdge(account, context),
      admin: createAdmin(account, { ...context, isLiveToken: ims.isLive }),
      ims: ims.app,
    },
    ready: ({ edge = '', admin = '', ims: imsUrl = '' }) => ({
      edgeUrl: edge,
      clientCode: settings.clientCode,
      adminUrl: admin,
      tenant: settings.tenant,
      imsUrl,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      profileAuthentication: settings.profileAuthentication,
      workspace: settings.workspace,
    }),
    members: () => membersOf(account),
    pending: () => batches.pending() + singleUpdates.pending(),
    process: async () => {
      await batches.processNow()
      singleUpdates.processNow()
    },
    seed: (people) => {
      const before = account.profiles.size()
      const ids = people.map((person) => seedOne(account, person))
      account.touch()
      return { created: account.profiles.size() - before, ids }
    },
    control: (app) => {
      app.post('/control/target/audience-uses', (request) => markUsed(account, request, true))
      app.delete('/control/target/audience-uses', (request) => markUsed(account, request, false))
    },
    snapshot: account.snapshot,
    restore: (kept) => {
      if (isKeptAccount(kept)) account.restore(kept)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for the rest of the shape. */
function isKeptAccount(kept: unknown): kept is KeptAccount {
  return isObject(kept) && 'profiles' in kept
}

/** Says that an activity uses an audience, or uses it no more. */
function markUsed(
  { audiences, touch }: Account,
  request: FastifyRequest,
  used: boolean,
): Readonly<Record<string, never>> {
  const { audienceId } = controlBody(request)
  if (typeof audienceId !== 'number' || audiences.byId(audienceId) === undefined) {
    throw new ControlInvalid('audienceId must be the id of an audience')
  }
  audiences.setUsed(audienceId, used)
  touch()
  return {}
}

/**
 * Who is in each audience now. An audience that Segue made has the segment's id as its description, by agreement.
 */
function membersOf({
  settings,
  profiles,
  audiences,
}: Account): Readonly<Record<string, Counterpart>> {
  const namespaces: Readonly<Partial<Record<IdKind, string>>> = {
    marketingCloudVisitorId: 'ECID',
    thirdPartyId: settings.thirdPartyNamespace,
  }
  const named = ({ ids }: Profile): string[] =>
    ids.flatMap(({ kind, id }) => {
      const namespace = namespaces[kind]
      return namespace === undefined ? [] : [`${namespace}:${id}`]
    })
  return Object.fromEntries(
    audiences.all().map(({ id, name, description, targetRule }): [string, Counterpart] => {
      const rule = readTargetRule(targetRule)
      const members: string[] = []
      for (const profile of profiles.all()) {
        if (rule?.(profile) === true) members.push(...named(profile))
      }
      return [String(id), { name, segment: description, members: members.toSorted() }]
    }),
  )
}

/** A visitor who was there before: `thirdPartyId`, `marketingCloudVisitorId`, or both; other fields are attributes. Known ones stay. */
function seedOne(
  { profiles, clock }: Account,
  { thirdPartyId, marketingCloudVisitorId, ...attributes }: Readonly<Record<string, string>>,
): string {
  if (thirdPartyId === undefined && marketingCloudVisitorId === undefined) {
    throw new SeedInvalid('a visitor needs thirdPartyId or marketingCloudVisitorId')
  }
  const isKnown =
    (thirdPartyId !== undefined && profiles.byId('thirdPartyId', thirdPartyId) !== undefined) ||
    (marketingCloudVisitorId !== undefined &&
      profiles.byId('marketingCloudVisitorId', marketingCloudVisitorId) !== undefined)
  if (isKnown) return thirdPartyId ?? marketingCloudVisitorId ?? ''
  const ids = {
    ...(thirdPartyId === undefined ? {} : { thirdPartyId }),
    ...(marketingCloudVisitorId === undefined ? {} : { marketingCloudVisitorId }),
  }
  if (profiles.visit(ids, Object.entries(attributes), clock.nowMs()) === undefined) {
    throw new SeedInvalid('a visitor has too many attributes')
  }
  return thirdPartyId ?? marketingCloudVisitorId ?? ''
}
