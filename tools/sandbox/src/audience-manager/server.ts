import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ControlInvalid, controlBody } from '../control/control-body.ts'
import { createIms } from '../ims/ims.ts'
import { isObject } from '../json/json.ts'
import { createBucket } from '../s3/bucket.ts'
import { createS3 } from '../s3/s3.ts'
import type { Counterpart, ServerContext, SolutionServer } from '../solution-server.ts'
import { type IdKind, gaidDataSource, idfaDataSource } from './data-sources.ts'
import { createDcs } from './dcs.ts'
import { createInbound, type Inbound, type InboundState } from './inbound.ts'
import { createPartner, type Partner, type PartnerState } from './partner.ts'
import { createRest } from './rest.ts'
import type { AudienceManagerSettings } from './settings.ts'

/** How Audience Manager is reached in the sandbox. */
export interface AudienceManagerReady {
  readonly dcsUrl: string
  /** To be sent as Host header: it binds the organisation. */
  readonly dcsHost: string
  /** Stands for `https://aam.adobe.io`. */
  readonly restUrl: string
  /** Stands for `https://ims-na1.adobelogin.com`. */
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly orgId: string
  readonly s3: {
    readonly endpoint: string
    readonly region: string
    readonly bucket: string
    readonly directory: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
  readonly dataSources: {
    readonly traitOwner: number
    readonly ecid: number
    readonly email: number
    readonly gaid: number
    readonly idfa: number
  }
  readonly folders: { readonly traits: number; readonly segments: number }
  readonly pid: number
}

interface Kept {
  readonly partner: PartnerState
  readonly inbound: InboundState
  /** Receipts and files still to be processed; processed files are not kept over a restart. */
  readonly objects: readonly {
    readonly key: string
    readonly base64: string
    readonly acl: string
    readonly contentType: string
    readonly modifiedMs: number
  }[]
}

/** Audience Manager in the sandbox: DCS, REST, IMS, and the bucket with the job that reads it (reference §1). */
export function audienceManagerServer(
  settings: AudienceManagerSettings,
  context: ServerContext,
): SolutionServer<AudienceManagerReady> {
  const solution = 'audience-manager'
  const { clock, touch } = context
  const partner = createPartner(settings, clock, touch)
  const bucket = createBucket(settings.s3Bytes, (key) => inbound.isPending(key))
  const inbound: Inbound = createInbound(partner, bucket, context.seed)
  const isClient = (clientId: string): boolean =>
    partner.accounts.byClient(clientId)?.status === 'ACTIVE'
  const ims = createIms({ ...settings, ...context, solution, isClient })
  return {
    solution,
    apps: {
      dcs: createDcs(partner, context),
      rest: createRest(partner, {
        ...context,
        isLiveToken: ims.isLive,
        clientOf: ims.clientOf,
        receipts: inbound.receipts,
      }),
      ims: ims.app,
      s3: createS3({
        ...context,
        solution,
        credentials: {
          accessKeyId: settings.s3AccessKeyId,
          secretAccessKey: settings.s3SecretAccessKey,
          region: settings.s3Region,
        },
        bucketName: settings.s3Bucket,
        objectBytes: settings.fileBytes,
        bucket,
        nowMs: clock.nowMs,
        onPut: inbound.uploaded,
      }),
    },
    ready: ({ dcs = '', rest = '', ims: imsUrl = '', s3 = '' }) => ({
      dcsUrl: dcs,
      dcsHost: `${settings.partner}.demdex.net`,
      restUrl: rest,
      imsUrl,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      orgId: settings.orgId,
      s3: {
        endpoint: s3,
        region: settings.s3Region,
        bucket: settings.s3Bucket,
        directory: settings.partner,
        accessKeyId: settings.s3AccessKeyId,
        secretAccessKey: settings.s3SecretAccessKey,
      },
      dataSources: {
        traitOwner: settings.traitOwnerDataSource,
        ecid: settings.ecidDataSource,
        email: settings.emailDataSource,
        gaid: gaidDataSource,
        idfa: idfaDataSource,
      },
      folders: {
        traits: partner.catalogue.traitFolders.platformFolderId,
        segments: partner.catalogue.segmentFolders.platformFolderId,
      },
      pid: settings.pid,
    }),
    members: () =>
      Object.fromEntries(
        [...partner.catalogue.traits.values()].map(
          ({ sid, name, integrationCode, ttl }): [string, Counterpart] => [
            String(sid),
            {
              name,
              segment: integrationCode,
              members: [...partner.memberships.population(sid, ttl, clock.nowMs())]
                .flatMap(([source, ids]) =>
                  ids.map((id) => `${namespaceOf(partner, source)}:${id}`),
                )
                .toSorted(),
            },
          ],
        ),
      ),
    pending: inbound.pendingFiles,
    process: inbound.processNow,
    control: (app) => registerRoutes(app, partner),
    snapshot: (): Kept => ({
      partner: partner.snapshot(),
      inbound: inbound.snapshot(),
      objects: [...bucket.all()]
        .filter(({ key }) => inbound.isPending(key) || key.includes('/receipts/'))
        .map(({ key, content, acl, contentType, modifiedMs }) => ({
          key,
          base64: content.toString('base64'),
          acl,
          contentType,
          modifiedMs,
        })),
    }),
    restore: (kept) => {
      if (!isKept(kept)) return
      partner.restore(kept.partner)
      for (const { base64, ...object } of kept.objects) {
        bucket.put({ ...object, content: Buffer.from(base64, 'base64') })
      }
      inbound.restore(kept.inbound)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for what is inside. */
function isKept(given: unknown): given is Kept {
  return isObject(given) && 'partner' in given && 'inbound' in given && 'objects' in given
}

/** `ECID`, `GAID`, `IDFA`, `email_lc_sha256`; other data sources go by their number. */
function namespaceOf(partner: Partner, dataSourceId: number): string {
  const kind: IdKind = partner.catalogue.dataSources.byId(dataSourceId)?.idKind ?? 'other'
  return kind === 'other' ? String(dataSourceId) : kind
}

/** Opt-outs and the deny-list of the DCS; segments that a destination has. */
function registerRoutes(app: FastifyInstance, partner: Partner): void {
  const { optOut, optIn, deny, allow } = partner.register
  const apply = (request: FastifyRequest, act: (source: number, id?: string) => void): object => {
    const { dataSourceId, id } = controlBody(request)
    if (typeof dataSourceId !== 'number') throw new ControlInvalid('dataSourceId must be a number')
    if (id !== undefined && typeof id !== 'string') throw new ControlInvalid('id must be a string')
    act(dataSourceId, id)
    partner.touch()
    return {}
  }
  const register = (
    url: string,
    on: (source: number, id?: string) => void,
    off: typeof on,
  ): void => {
    app.post(url, (request) => apply(request, on))
    app.delete(url, (request) => apply(request, off))
  }
  register('/control/opt-outs', ofOneId(optOut), ofOneId(optIn))
  register('/control/deny-list', deny, allow)

  const map = (request: FastifyRequest, act: (sid: number) => void): object => {
    const { integrationCode } = controlBody(request)
    const found = [...partner.catalogue.segments.values()].find(
      (segment) => segment.integrationCode === integrationCode,
    )
    if (found === undefined) throw new ControlInvalid('integrationCode names no segment')
    act(found.sid)
    partner.touch()
    return { sid: found.sid }
  }
  const { mapped } = partner.catalogue
  const url = '/control/segment-mappings'
  app.post(url, (request) => map(request, (sid) => mapped.add(sid)))
  app.delete(url, (request) => map(request, (sid) => mapped.delete(sid)))
}

/** Opt-outs are of people, so of one id each. */
function ofOneId(act: (source: number, id: string) => void) {
  return (source: number, id?: string): void => {
    if (id === undefined) throw new ControlInvalid('id must be a string')
    act(source, id)
  }
}
