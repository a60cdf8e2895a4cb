import { readRuns, runHours, runId, runView } from '@segue/destinations'
import type { Configuration, RunSource, RunView } from '@segue/destinations'
import { runPeriods } from '@segue/runtime'
import { limitMax, parseFilter, refuseQuery } from '../routes/flow-service/list-items.ts'
import type { ListAnswer, ListQuery } from '../routes/flow-service/list-items.ts'

/** Runs that one answer looks at, at most: with a filter that few runs match it says how to go on, and holds fewer than asked for. */
const examinedMax = 500
/** Hours of a flow that are kept, at most. */
const hoursMax = runPeriods.keptMs / runPeriods.lengthMs + 1

/** What a sandbox's runs are looked for in. */
export interface RunsPlace extends RunSource {
  readonly configuration: Configuration
  readonly sandboxName: string
  /** Flows of the sandbox. */
  readonly flowIds: readonly string[]
  readonly nowMs: number
}

/** One run, named before it is read. */
interface Candidate {
  readonly flowId: string
  readonly hour: number
  readonly id: string
}

/** What a query asks for, as far as it is known before a run is read. */
interface Wanted {
  readonly flowIds: readonly string[]
  readonly fromHour: number
  readonly toHour: number
  /** Some of the hours' runs may not match. */
  readonly isFiltered: boolean
  readonly matches: (run: RunView) => boolean
}

/**
 * The runs that are asked for, newest first (`reference/platform.md` §9.2). A flow need not be there any more: its runs are kept.
 *
 * @throws Problem REQUEST_INVALID
 */
export async function listRuns(place: RunsPlace, query: ListQuery): Promise<ListAnswer<RunView>> {
  const { limit = limitMax, orderby = '-createdAt', continuationToken, count = false } = query
  if (orderby !== '-createdAt') {
    throw refuseQuery('/orderby', 'must be -createdAt: runs come newest first')
  }
  const wanted = wantedOf(place, query)
  const partSize = wanted.isFiltered ? limitMax : limit
  const items: RunView[] = []
  let after = continuationToken === undefined ? undefined : parseToken(continuationToken)
  let examined = 0
  let isEnd = false
  while (items.length < limit && !isEnd && examined < examinedMax) {
    // One more than is looked at, to know whether there is one.
    const found = await candidatesAfter(place, wanted, after, partSize + 1)
    const part = found.slice(0, partSize)
    isEnd = found.length <= partSize
    for (const [index, run] of (await viewsOf(place, part)).entries()) {
      if (items.length === limit) {
        isEnd = false
        break
      }
      after = part[index]
      if (run !== undefined && wanted.matches(run)) items.push(run)
    }
    examined += part.length
  }
  return {
    items,
    ...(isEnd || after === undefined ? {} : { continuationToken: tokenOf(after) }),
    ...(count ? { count: await countOf(place, wanted) } : {}),
  }
}

/** The views of runs; undefined where one is not kept any more. */
export async function viewsOf(
  place: RunsPlace,
  candidates: readonly Candidate[],
): Promise<readonly (RunView | undefined)[]> {
  const views = new Map<string, RunView>()
  await Promise.all(
    Array.from(
      Map.groupBy(candidates, ({ flowId }) => flowId),
      async ([flowId, own]) => {
        const hours = own.map(({ hour }) => hour)
        for (const run of await readRuns(place, flowId, hours)) {
          if (run === undefined) continue
          const { configuration, sandboxName, nowMs } = place
          const view = runView(configuration, run, sandboxName, nowMs)
          views.set(view.id, view)
        }
      },
    ),
  )
  return candidates.map(({ id }) => views.get(id))
}

function wantedOf({ flowIds }: RunsPlace, query: ListQuery): Wanted {
  const predicates: ReturnType<typeof parseFilter>[] = []
  let named: readonly string[] | undefined
  let [fromHour, toHour] = [0, Number.MAX_SAFE_INTEGER]
  for (const filter of [query.property ?? []].flat()) {
    const [, flowId] = /^flowId==(.+)$/s.exec(filter) ?? []
    const [, operator, ms] = /^createdAt(==|>=|<=|>|<)(\d+)$/.exec(filter) ?? []
    if (flowId !== undefined) {
      named = (named ?? [flowId]).filter((one) => one === flowId)
    } else if (operator !== undefined) {
      const [from, to] = hoursOf(operator, Number(ms) / runPeriods.lengthMs)
      fromHour = Math.max(fromHour, from)
      toHour = Math.min(toHour, to)
    } else {
      predicates.push(parseFilter(filter))
    }
  }
  if (query.count === true && (named === undefined || predicates.length > 0)) {
    throw refuseQuery(
      '/count',
      'needs a property flowId==…, and no other but createdAt: runs are counted without being read',
    )
  }
  const matches = (run: RunView): boolean => predicates.every((one) => one({ ...run }))
  const isFiltered = predicates.length > 0
  return { flowIds: named ?? flowIds, fromHour, toHour, isFiltered, matches }
}

/** The hours whose beginning a comparison lets through, both included; `place` is the time that is compared with, in hours. */
function hoursOf(operator: string, place: number): readonly [from: number, to: number] {
  switch (operator) {
    case '>':
      return [Math.floor(place) + 1, Number.MAX_SAFE_INTEGER]
    case '>=':
      return [Math.ceil(place), Number.MAX_SAFE_INTEGER]
    case '<':
      return [0, Math.ceil(place) - 1]
    case '<=':
      return [0, Math.floor(place)]
    default:
      return [Math.ceil(place), Math.floor(place)]
  }
}

/** Up to `limit` runs that come after one in the order of the list. */
async function candidatesAfter(
  source: RunSource,
  { flowIds, fromHour, toHour }: Wanted,
  after: Pick<Candidate, 'hour' | 'id'> | undefined,
  limit: number,
): Promise<readonly Candidate[]> {
  const range = {
    fromHour,
    toHour: Math.min(toHour, after?.hour ?? toHour),
    // One a flow more, since its run of the hour that the list is at may have been told.
    limit: limit + 1,
  }
  const found = await Promise.all(
    flowIds.map(async (flowId) =>
      (await runHours(source, flowId, range)).map((hour) => ({
        flowId,
        hour,
        id: runId(flowId, hour),
      })),
    ),
  )
  return found
    .flat()
    .filter((one) => after === undefined || compare(one, after) > 0)
    .toSorted(compare)
    .slice(0, limit)
}

/** The order of the list: newest first, and by id within an hour. */
function compare(
  one: Pick<Candidate, 'hour' | 'id'>,
  other: Pick<Candidate, 'hour' | 'id'>,
): number {
  if (one.hour !== other.hour) return other.hour - one.hour
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1
}

async function countOf(place: RunsPlace, wanted: Wanted): Promise<number> {
  const { fromHour, toHour } = wanted
  const range = { fromHour, toHour, limit: hoursMax }
  const hours = await Promise.all(wanted.flowIds.map((flowId) => runHours(place, flowId, range)))
  return hours.flat().length
}

function tokenOf({ hour, id }: Pick<Candidate, 'hour' | 'id'>): string {
  return Buffer.from(`${hour} ${id}`).toString('base64url')
}

function parseToken(token: string): Pick<Candidate, 'hour' | 'id'> {
  const [, hour, id] =
    /^(\d{1,9}) ([0-9a-f-]{36})$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (hour === undefined || id === undefined) {
    throw refuseQuery('/continuationToken', 'is none that an answer held')
  }
  return { hour: Number(hour), id }
}
