import { isObject, isWhole } from '../json/json.ts'
import type { Classifications } from './classifications.ts'
import { apiRefused } from './errors.ts'
import type { AnalyticsSettings } from './settings.ts'
import type { Visits } from './visits.ts'

/** One line of a ranked report. */
interface ReportRow {
  readonly itemId: string
  readonly value: string
  readonly data: readonly number[]
}

interface Counted {
  readonly entered: number
  readonly exited: number
  readonly visitors: number
}

/**
 * The one ranked report that tells of segments: the segment variable by its two events, occurrences and unique visitors.
 * Dates, filters and breakdowns are not looked at [I].
 * @param body `{ rsid, dimension, metricContainer: { metrics: [{ columnId, id }] }, settings: { limit, page } }`
 * @throws AnalyticsRefused
 */
export function rankedReport(
  body: Readonly<Record<string, unknown>>,
  settings: AnalyticsSettings,
  visits: Visits,
  classifications: Classifications,
): object {
  const { rsid, dimension, metricContainer, settings: paging } = body
  if (rsid !== settings.reportSuiteId) {
    throw apiRefused(403, 'rsid_not_allowed', 'rsid is not one of this company')
  }
  const variable = `variables/${settings.segmentVariable.toLowerCase()}`
  const classified = `${variable}.${settings.nameColumn.toLowerCase().replaceAll(' ', '-')}`
  if (dimension !== variable && dimension !== classified) {
    throw apiRefused(400, 'invalid_data', `dimension must be ${variable} or ${classified}`)
  }
  const metrics = isObject(metricContainer) ? metricContainer['metrics'] : undefined
  if (!Array.isArray(metrics) || metrics.length === 0) {
    throw apiRefused(400, 'invalid_data', 'metricContainer.metrics must list metrics')
  }
  const columns = metrics.map((metric: unknown, index) => columnOf(metric, index, settings))
  const valueOf = (id: string): string =>
    dimension === variable ? id : (classifications.cell(id, settings.nameColumn) ?? 'Unspecified')
  const rows = [...visits.segments()]
    .map((id): ReportRow => {
      const counted = { ...visits.counts(id), visitors: visits.visitors(id) }
      return { itemId: id, value: valueOf(id), data: columns.map(({ read }) => read(counted)) }
    })
    .toSorted((a, b) => (b.data[0] ?? 0) - (a.data[0] ?? 0))
  const limit = isObject(paging) && isWhole(paging['limit']) ? Math.max(1, paging['limit']) : 50
  const page = isObject(paging) && isWhole(paging['page']) ? paging['page'] : 0
  const shown = rows.slice(page * limit, (page + 1) * limit)
  const totalPages = Math.ceil(rows.length / limit)
  return {
    totalPages,
    firstPage: page === 0,
    lastPage: page + 1 >= totalPages,
    numberOfElements: shown.length,
    number: page,
    totalElements: rows.length,
    columns: {
      dimension: { id: dimension, type: 'string' },
      columnIds: columns.map(({ columnId }) => columnId),
    },
    rows: shown,
    summaryData: {
      totals: columns.map((_column, index) =>
        rows.reduce((total, row) => total + (row.data[index] ?? 0), 0),
      ),
    },
  }
}

interface ReportColumn {
  readonly columnId: string
  readonly read: (counted: Counted) => number
}

function columnOf(metric: unknown, index: number, settings: AnalyticsSettings): ReportColumn {
  const { id, columnId = String(index) } = isObject(metric) ? metric : {}
  const known: Readonly<Record<string, ReportColumn['read']>> = {
    [`metrics/${settings.enteredEvent}`]: ({ entered }) => entered,
    [`metrics/${settings.exitedEvent}`]: ({ exited }) => exited,
    'metrics/occurrences': ({ entered, exited }) => entered + exited,
    'metrics/visitors': ({ visitors }) => visitors,
  }
  const read = typeof id === 'string' ? known[id] : undefined
  if (read === undefined) {
    throw apiRefused(400, 'invalid_data', `metrics must be of ${Object.keys(known).join(', ')}`)
  }
  return { columnId: String(columnId), read }
}
