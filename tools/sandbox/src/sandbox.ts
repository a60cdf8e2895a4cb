import type { FastifyInstance } from 'fastify'
import { createDcs } from './audience-manager/dcs.ts'
import { gaidDataSource, idfaDataSource } from './audience-manager/data-sources.ts'
import { createInbound, type Inbound } from './audience-manager/inbound.ts'
import { createPartner, type Partner } from './audience-manager/partner.ts'
import { createRest } from './audience-manager/rest.ts'
import { createClock } from './clock/clock.ts'
import { createControl } from './control/control.ts'
import { createFaults } from './faults/faults.ts'
import { listen } from './http/server.ts'
import { createIms } from './ims/ims.ts'
import { createJournal } from './journal/journal.ts'
import { createInstance } from './marketo/instance.ts'
import { createMarketo } from './marketo/marketo.ts'
import { createBucket } from './s3/bucket.ts'
import { createS3 } from './s3/s3.ts'
import { parseSettings, type Settings } from './settings.ts'
import { collectState, isSandboxState, restoreState } from './state/sandbox-state.ts'
import { createStateFile } from './state/state-file.ts'

export interface SandboxOptions {
  /** Ports from here on: control, Marketo, DCS, REST, IMS, S3. 0 takes free ones. */
  readonly portBase?: number
  /** As in a settings file: a `preset` and any part of `Settings`. */
  readonly settings?: unknown
  /** A file that keeps the state over restarts. */
  readonly stateFile?: string
}

/** How to reach the servers; what `main.ts` prints when they are up. */
export interface Ready {
  readonly ready: true
  readonly control: string
  readonly marketo: {
    /** Stands for `https://<munchkinId>.mktorest.com`. */
    readonly url: string
    /** Marketo's Identity URL; the token is at `/oauth/token` under it. */
    readonly identityUrl: string
    readonly clientId: string
    readonly clientSecret: string
    readonly emailHashField: string
    readonly ecidField: string
    readonly folderId: number
  }
  readonly audienceManager: {
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
}

export interface Sandbox {
  readonly ready: Ready
  /** Ends all servers and every request that hangs, and writes the state. */
  readonly close: () => Promise<void>
}

const solutions = ['marketo', 'audience-manager']
/** A plan for any call is not meant for the token; these want to be named. */
const quietOperations: ReadonlySet<string> = new Set(['identity.token', 'ims.token'])

/**
 * Starts the servers on the loopback address.
 * @throws SettingsInvalid, StateUnreadable, and what listening throws (a port that is taken)
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = parseSettings(options.settings)
  const file =
    options.stateFile === undefined
      ? undefined
      : createStateFile(options.stateFile, isSandboxState, () =>
          collectState({ clock, instance, partner, inbound, bucket }),
        )
  const kept = file?.read()
  const touch = (): void => file?.touch()

  const clock = createClock({ offsetMs: kept?.clockOffsetMs ?? 0, frozen: settings.frozenClock })
  const journal = createJournal(settings.journalEntries, clock.nowMs)
  const faults = createFaults(solutions, quietOperations)
  const shared = { faults, journal }
  const aam = settings.audienceManager

  const instance = createInstance(settings.marketo, clock, touch)
  const partner = createPartner(aam, clock, touch)
  const bucket = createBucket(aam.s3Bytes, (key) => inbound.isPending(key))
  const inbound: Inbound = createInbound(partner, bucket, settings.seed)
  if (kept !== undefined) restoreState(kept, { instance, partner, inbound, bucket })

  const ims = createIms({ ...aam, ...shared, clock, solution: 'audience-manager' })
  const apps: readonly FastifyInstance[] = [
    createControl({ clock, faults, journal, instance, partner, inbound }),
    createMarketo(instance, shared),
    createDcs(partner, shared),
    createRest(partner, { ...shared, isLiveToken: ims.isLive, receipts: inbound.receipts }),
    ims.app,
    createS3({
      ...shared,
      solution: 'audience-manager',
      credentials: {
        accessKeyId: aam.s3AccessKeyId,
        secretAccessKey: aam.s3SecretAccessKey,
        region: aam.s3Region,
      },
      bucketName: aam.s3Bucket,
      objectBytes: aam.fileBytes,
      bucket,
      nowMs: clock.nowMs,
      onPut: inbound.uploaded,
    }),
  ]
  const close = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()))
    clock.close()
    file?.close()
  }
  try {
    const base = options.portBase ?? 0
    const urls = await Promise.all(
      apps.map((app, index) => listen(app, base === 0 ? 0 : base + index)),
    )
    return { ready: readyOf(settings, partner, urls), close }
  } catch (error) {
    await close()
    throw error
  }
}

function readyOf(settings: Settings, partner: Partner, urls: readonly string[]): Ready {
  const [control = '', marketoUrl = '', dcsUrl = '', restUrl = '', imsUrl = '', s3Url = ''] = urls
  const { marketo, audienceManager: aam } = settings
  return {
    ready: true,
    control,
    marketo: {
      url: marketoUrl,
      identityUrl: `${marketoUrl}/identity`,
      clientId: marketo.clientId,
      clientSecret: marketo.clientSecret,
      emailHashField: marketo.emailHashField,
      ecidField: marketo.ecidField,
      folderId: marketo.folderId,
    },
    audienceManager: {
      dcsUrl,
      dcsHost: `${aam.partner}.demdex.net`,
      restUrl,
      imsUrl,
      clientId: aam.clientId,
      clientSecret: aam.clientSecret,
      orgId: aam.orgId,
      s3: {
        endpoint: s3Url,
        region: aam.s3Region,
        bucket: aam.s3Bucket,
        directory: aam.partner,
        accessKeyId: aam.s3AccessKeyId,
        secretAccessKey: aam.s3SecretAccessKey,
      },
      dataSources: {
        traitOwner: aam.traitOwnerDataSource,
        ecid: aam.ecidDataSource,
        email: aam.emailDataSource,
        gaid: gaidDataSource,
        idfa: idfaDataSource,
      },
      folders: {
        traits: partner.catalogue.traitFolders.platformFolderId,
        segments: partner.catalogue.segmentFolders.platformFolderId,
      },
      pid: aam.pid,
    },
  }
}
