import { createIms } from '../ims/ims.ts'
import { isObject } from '../json/json.ts'
import type { Counterpart, ServerContext, SolutionServer } from '../solution-server.ts'
import { createApi } from './api.ts'
import { type ClassificationsState, createClassifications } from './classifications.ts'
import { createCollect } from './collect.ts'
import { createPipelines, type PipelinesState } from './pipelines.ts'
import type { AnalyticsReady } from './ready.ts'
import { createSegmentComponents, type SegmentComponent } from './segments.ts'
import type { AnalyticsSettings } from './settings.ts'
import { createUploads, type UploadsState } from './uploads.ts'
import { createVisits, type VisitsState } from './visits.ts'

interface Kept {
  readonly visits: VisitsState
  readonly pipelines: PipelinesState
  readonly uploads: UploadsState
  readonly classifications: ClassificationsState
  readonly components: readonly SegmentComponent[]
}

/** Analytics in the sandbox: collection of hits, the 2.0 API, and IMS (reference §2). */
export function analyticsServer(
  settings: AnalyticsSettings,
  context: ServerContext,
): SolutionServer<AnalyticsReady> {
  const solution = 'analytics'
  const { clock, touch } = context
  const visits = createVisits(settings.reportSuiteId)
  const pipelines = createPipelines(settings, visits, context)
  const uploads = createUploads(settings, clock, pipelines)
  const classifications = createClassifications(settings, clock, touch)
  const components = createSegmentComponents(clock, touch)
  const ims = createIms({ ...settings, ...context, solution })
  const isLiveToken = ims.isLive
  return {
    solution,
    apps: {
      collect: createCollect(settings, context, { isLiveToken, uploads, pipelines }),
      api: createApi(settings, context, {
        isLiveToken,
        classifications,
        components,
        visits,
        pipelines,
      }),
      ims: ims.app,
    },
    ready: ({ collect = '', api = '', ims: imsUrl = '' }) => ({
      collectUrl: collect,
      apiUrl: api,
      imsUrl,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      orgId: settings.orgId,
      companyId: settings.companyId,
      reportSuiteId: settings.reportSuiteId,
      datasetId: settings.datasetId,
    }),
    members: () =>
      Object.fromEntries(
        [...new Set([...classifications.keys(), ...visits.segments()])].map(
          (segment): [string, Counterpart] => [
            segment,
            {
              name: classifications.cell(segment, settings.nameColumn) ?? '',
              segment,
              members: visits.members(segment),
            },
          ],
        ),
      ),
    pending: () => pipelines.pending() + classifications.pending(),
    process: () => {
      classifications.processNow()
      pipelines.processNow()
      return Promise.resolve()
    },
    snapshot: (): Kept => ({
      visits: visits.snapshot(),
      pipelines: pipelines.snapshot(),
      uploads: uploads.snapshot(),
      classifications: classifications.snapshot(),
      components: components.snapshot(),
    }),
    restore: (given) => {
      if (!isKept(given)) return
      visits.restore(given.visits)
      uploads.restore(given.uploads)
      classifications.restore(given.classifications)
      components.restore(given.components)
      pipelines.restore(given.pipelines)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for the rest of the shape. */
function isKept(given: unknown): given is Kept {
  return isObject(given) && 'visits' in given
}
