import { remoteObjects, remoteSegmentId } from '@segue/solution-kit'
import type { RemoteObject, Solution } from '@segue/solution-kit'
import { segmentTrouble } from './check-row.ts'
import type { ImportName } from './name-imports.ts'
import { segmentName } from './segment-name.ts'
import type { AnalyticsSettings } from './settings.ts'

/**
 * A segment's counterpart is its id as a value of a variable, which needs no making, and the name that the classification gives it. So
 * making, making again and renaming are one call (an import that overwrites), and the remote id is the segment's own.
 * @param importName undefined where there is no dataset: segments then go by their id
 */
export function segmentNames(
  importName: ImportName | undefined,
  settings: Pick<
    AnalyticsSettings,
    'segmentVariable' | 'nameWithId' | 'reportSuiteId' | 'datasetId' | 'nameColumn'
  >,
): Pick<Solution, 'ensureSegment' | 'renameSegment' | 'removeSegment'> {
  async function ensureSegment(segment: string, displayName: string) {
    const segmentId = remoteSegmentId(segment)
    const trouble = segmentTrouble(segmentId, settings.segmentVariable)
    if (trouble !== undefined) return trouble
    const name = segmentName(displayName, segmentId, settings)
    const refused = await importName?.({ segmentId, name })
    if (refused !== undefined) return refused
    const objects = segmentObjects(segmentId, importName === undefined ? undefined : name)
    return { status: 'ready', remoteId: segmentId, objects } as const
  }

  /** What stands for a segment in Analytics: its id as a value of the variable, and what the classification calls it. */
  function segmentObjects(segmentId: string, name: string | undefined): readonly RemoteObject[] {
    const { reportSuiteId, segmentVariable, datasetId, nameColumn } = settings
    const value = {
      kind: 'variable value',
      name: segmentId,
      in: { 'report suite': reportSuiteId, variable: segmentVariable },
    }
    if (name === undefined) return remoteObjects([value])
    const place = { dataset: datasetId, column: nameColumn, key: segmentId }
    return remoteObjects([value, { kind: 'classification', name, in: place }])
  }

  return {
    ensureSegment,
    renameSegment: (segment, _remoteId, displayName) => ensureSegment(segment, displayName),
    removeSegment: async (segment) => {
      const refused = await importName?.({ segmentId: remoteSegmentId(segment) })
      return refused ?? { status: 'removed', remains }
    },
  }
}

const remains = 'hits that were sent stay in the report suite, under the segment’s id'
