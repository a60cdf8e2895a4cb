import { misconfigured, refusal, retryRow } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { z } from 'zod'
import { unreadable } from './catalogue-calls.ts'
import { labelsIn } from './label-comment.ts'
import type { CallRest } from './rest-client.ts'
import type { ExportControlNames } from './settings.ts'
import { traitsOf } from './traits-of.ts'

/** What a data source must not be used for: Audience Manager's four data export controls (`reference/solutions.md` §1.7). */
type Control = keyof ExportControlNames

/**
 * Which controls stand for a label, by the documented table (`reference/solutions.md` §1.7, `reference/platform.md` §6.4); C4 covers C5, C6 and C7 (§6.1 there).
 * Every other label has no control that says the same, and stands in the trait's comments only.
 */
const controlsByLabel: ReadonlyMap<string, readonly Control[]> = new Map<
  string,
  readonly Control[]
>([
  ['C3', ['pii']],
  ['C4', ['offsiteAds', 'onsiteAds', 'onsitePersonalization']],
  ['C5', ['offsiteAds']],
  ['C6', ['onsiteAds']],
  ['C7', ['onsitePersonalization']],
])

/** The controls, by the names that Audience Manager's REST API has for them, that these labels come to. */
export function controlsOf(
  labels: readonly string[],
  names: ExportControlNames,
): ReadonlySet<string> {
  return new Set(
    labels.flatMap((label) => (controlsByLabel.get(label) ?? []).map((control) => names[control])),
  )
}

/** Sees to a data source's controls; undefined: they are as its traits' labels want them. */
export type SettleControls = (
  dataSourceId: number,
  withdrawn: ReadonlySet<string>,
) => Promise<Refusal | undefined>

/** What was asked for while another round was under way, of one data source. */
interface Waiting {
  readonly withdrawn: ReadonlySet<string>
  readonly done: (refused: Refusal | undefined) => void
}

/** Rounds in which another process changed what was just read. */
const maxRounds = 5

/**
 * Makes the function that sets a data source's export controls to what the labels of all of its traits come to. Controls belong to data sources, not to
 * traits (`reference/solutions.md` §1.7), so the strictest trait speaks for all. A control that no label asks for is only taken away where a label that
 * asked for it was `withdrawn`: others are an administrator's.
 *
 * Rounds of one data source go one after the other; who comes meanwhile shares the next. Each caller wrote the labels into its trait before, and each
 * round reads again after it wrote, so that of several processes the last to write has seen everybody's labels.
 */
export function exportControls(call: CallRest, names: ExportControlNames): SettleControls {
  const waiting = new Map<number, Waiting[]>()

  return (dataSourceId, withdrawn) =>
    new Promise((resolve) => {
      const underWay = waiting.get(dataSourceId)
      const mine: Waiting = { withdrawn, done: resolve }
      if (underWay !== undefined) underWay.push(mine)
      else {
        waiting.set(dataSourceId, [mine])
        void run(dataSourceId)
      }
    })

  async function run(dataSourceId: number): Promise<void> {
    for (;;) {
      // What is asked for in this same turn goes along.
      await Promise.resolve()
      const batch = waiting.get(dataSourceId)?.splice(0) ?? []
      if (batch.length === 0) break
      const withdrawn = new Set(batch.flatMap((one) => [...one.withdrawn]))
      const refused = await settle(dataSourceId, withdrawn)
      for (const { done } of batch) done(refused)
    }
    waiting.delete(dataSourceId)
  }

  async function settle(
    dataSourceId: number,
    withdrawn: ReadonlySet<string>,
  ): Promise<Refusal | undefined> {
    for (let round = 0; round < maxRounds; round += 1) {
      const traits = await traitsOf(call, dataSourceId)
      if (traits.kind === 'refused') return traits.refusal
      const wanted = controlsOf(
        traits.traits.flatMap(({ comments }) => labelsIn(comments)),
        names,
      )
      const path = `datasources/${dataSourceId}`
      const read = await call({ method: 'GET', path })
      if (read.kind === 'refused') return read.refusal
      const source = dataSource.safeParse(read.body)
      if (!source.success) return unreadable
      const now = source.data.dataExportRestrictions ?? []
      const kept = now.filter((control) => wanted.has(control) || !withdrawn.has(control))
      const next = [...new Set([...kept, ...wanted])]
      if (next.length === now.length && next.every((control) => now.includes(control))) {
        return undefined
      }
      const json = { ...writable(source.data), dataExportRestrictions: next }
      const outcome = await call({ method: 'PUT', path, json })
      if (outcome.kind === 'answer') continue
      if (outcome.status === 403) return notAllowed
      return outcome.status === 400 ? notTaken : outcome.refusal
    }
    return contended
  }
}

const dataSource = z.looseObject({ dataExportRestrictions: z.array(z.string()).nullish() })

/** Without what Audience Manager itself writes. */
function writable(source: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(source).filter(([name]) => !written.has(name)))
}

const written = new Set('dataSourceId pid crUID upUID createTime updateTime'.split(' '))

const notAllowed = refusal(
  'EXPORT_CONTROLS_REFUSED',
  misconfigured('clientId'),
  'data export controls take an administrator of Audience Manager: give the credential that role, or switch carryLabels off in Segue',
)
const notTaken = refusal(
  'EXPORT_CONTROL_UNKNOWN',
  misconfigured('exportControls'),
  'Audience Manager does not take the data export controls by these names',
)
const contended = refusal(
  'EXPORT_CONTROLS_CONTENDED',
  retryRow(1_000, false),
  'somebody else keeps changing the data source',
)
