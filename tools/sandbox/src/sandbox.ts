import type { AdvertisingCloudReady } from './advertising-cloud/ready.ts'
import { advertisingCloudServer } from './advertising-cloud/server.ts'
import type { AnalyticsReady } from './analytics/ready.ts'
import { analyticsServer } from './analytics/server.ts'
import { type AudienceManagerReady, audienceManagerServer } from './audience-manager/server.ts'
import type { CampaignReady } from './campaign/ready.ts'
import { campaignServer } from './campaign/server.ts'
import { createClock } from './clock/clock.ts'
import { createControl } from './control/control.ts'
import { createFaults } from './faults/faults.ts'
import { listen } from './http/server.ts'
import { createJournal } from './journal/journal.ts'
import { isObject } from './json/json.ts'
import { type MarketoReady, marketoServer } from './marketo/server.ts'
import { parseSettings } from './settings.ts'
import type { SolutionServer } from './solution-server.ts'
import { createStateFile } from './state/state-file.ts'
import type { TargetReady } from './target/ready.ts'
import { targetServer } from './target/server.ts'

export interface SandboxOptions {
  /** Ports from here on: control, then each solution's servers in the order of `Ready`. 0 takes free ones. */
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
  readonly marketo: MarketoReady
  readonly audienceManager: AudienceManagerReady
  readonly analytics: AnalyticsReady
  readonly advertisingCloud: AdvertisingCloudReady
  readonly campaign: CampaignReady
  readonly target: TargetReady
}

export interface Sandbox {
  readonly ready: Ready
  /** Ends all servers and every request that hangs, and writes the state. */
  readonly close: () => Promise<void>
}

/** All that a restarted sandbox must still have. */
interface SandboxState {
  /** Of this shape. */
  readonly version: 2
  readonly clockOffsetMs: number
  readonly solutions: Readonly<Record<string, unknown>>
}

/** A plan for any call is not meant for the token, nor for what the sandbox itself adds to read back; these want to be named. */
const quietOperations: ReadonlySet<string> = new Set([
  'identity.token',
  'ims.token',
  'session.logon',
  'sandbox.memberships',
  'dsp.segments',
  'dsp.lines',
  'dsp.mappingFiles',
])
/** The first port is the control server's. */
const controlName = 'control'

/**
 * Starts the servers on the loopback address.
 * @throws SettingsInvalid, StateUnreadable, and what listening throws (a port that is taken)
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = parseSettings(options.settings)
  const file =
    options.stateFile === undefined
      ? undefined
      : createStateFile(options.stateFile, isSandboxState, collect)
  const kept = file?.read()
  const touch = (): void => file?.touch()

  const clock = createClock({ offsetMs: kept?.clockOffsetMs ?? 0, frozen: settings.frozenClock })
  const journal = createJournal(settings.journalEntries, clock.nowMs)
  const faults = createFaults(() => all.map(({ solution }) => solution), quietOperations)
  const context = { clock, faults, journal, seed: settings.seed, touch }

  const servers = {
    marketo: marketoServer(settings.marketo, context),
    audienceManager: audienceManagerServer(settings.audienceManager, context),
    analytics: analyticsServer(settings.analytics, context),
    advertisingCloud: advertisingCloudServer(settings.advertisingCloud, context),
    campaign: campaignServer(settings.campaign, context),
    target: targetServer(settings.target, context),
  }
  const all: readonly SolutionServer<unknown>[] = Object.values(servers)
  for (const { solution, restore } of all) {
    const state = kept?.solutions[solution]
    if (state !== undefined) restore(state)
  }

  const apps = [
    { name: controlName, app: createControl({ clock, faults, journal, servers: all, touch }) },
    ...all.flatMap((server) =>
      Object.entries(server.apps).map(([name, app]) => ({
        name: `${server.solution}.${name}`,
        app,
      })),
    ),
  ]
  const close = async (): Promise<void> => {
    await Promise.all(apps.map(({ app }) => app.close()))
    clock.close()
    file?.close()
  }
  try {
    const base = options.portBase ?? 0
    const urls = new Map(
      await Promise.all(
        apps.map(async ({ name, app }, index): Promise<[string, string]> => [
          name,
          await listen(app, base === 0 ? 0 : base + index),
        ]),
      ),
    )
    const readyOf = <One>({ solution, apps: own, ready }: SolutionServer<One>): One =>
      ready(
        Object.fromEntries(
          Object.keys(own).map((name) => [name, urls.get(`${solution}.${name}`) ?? '']),
        ),
      )
    return {
      ready: {
        ready: true,
        control: urls.get(controlName) ?? '',
        marketo: readyOf(servers.marketo),
        audienceManager: readyOf(servers.audienceManager),
        analytics: readyOf(servers.analytics),
        advertisingCloud: readyOf(servers.advertisingCloud),
        campaign: readyOf(servers.campaign),
        target: readyOf(servers.target),
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }

  function collect(): SandboxState {
    return {
      version: 2,
      clockOffsetMs: clock.offsetMs(),
      solutions: Object.fromEntries(all.map(({ solution, snapshot }) => [solution, snapshot()])),
    }
  }
}

/** Only the sandbox writes this file, so that its version vouches for the rest. */
function isSandboxState(read: unknown): read is SandboxState {
  return isObject(read) && read['version'] === 2
}
