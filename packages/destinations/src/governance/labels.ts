import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'

/** A label that the organisation made itself; its document's id is its name. */
export interface CustomLabel {
  readonly category: string
  readonly friendlyName: string
  readonly description: string
}

/** Labels that everybody has (`reference/platform.md` §6.1). By itself none restricts anything: policies do. */
export const coreLabels: ReadonlyMap<string, CustomLabel> = new Map(
  (
    [
      ['C1', 'Contract', 'Export only aggregated, without ids of people or devices'],
      ['C2', 'Contract', 'No export to third parties'],
      ['C3', 'Contract', 'No combination with directly identifiable data'],
      ['C4', 'Contract', 'No targeting of ads or content'],
      ['C5', 'Contract', 'No interest-based targeting across sites'],
      ['C6', 'Contract', 'No targeting of ads on the own site'],
      ['C7', 'Contract', 'No targeting of content on the own site'],
      ['C8', 'Contract', 'No measurement of the own sites and apps'],
      ['C9', 'Contract', 'No data science'],
      ['C10', 'Contract', 'No activation by stitched identities'],
      ['C11', 'Contract', 'No sharing by Segment Match'],
      ['C12', 'Contract', 'No export of any kind'],
      ['I1', 'Identity', 'Directly identifiable'],
      ['I2', 'Identity', 'Indirectly identifiable'],
      ['S1', 'Sensitive', 'Precise location'],
      ['S2', 'Sensitive', 'Broad location'],
      ['PSPD', 'Sensitive', 'Permitted sensitive personal data'],
      ['RHD', 'Sensitive', 'Regulated health data'],
    ] as const
  ).map(([name, category, description]) => [
    name,
    { category, friendlyName: description, description },
  ]),
)

/** Labels that one segment may have. */
export const labelsPerSegmentLimit = 50

/**
 * Reads labels as they are put on a segment: `C1`, `core/C1`, or the organisation's own, `L1` or `custom/L1`.
 *
 * @param pointer where the list stands in what was sent
 * @returns without `core/` or `custom/`, each once, in the order given
 * @throws Refusal LABEL_UNKNOWN
 */
export function checkLabels(
  configuration: Configuration,
  given: readonly string[],
  pointer = '/labels',
): readonly string[] {
  const known = given.map((label, place) => checkLabel(configuration, label, `${pointer}/${place}`))
  return [...new Set(known)]
}

/** @param pointer where the label stands. @throws Refusal LABEL_UNKNOWN */
export function checkLabel(configuration: Configuration, given: string, pointer: string): string {
  const [, container, name = ''] = /^(?:(core|custom)\/)?(.+)$/su.exec(given) ?? []
  const isCore = container !== 'custom' && coreLabels.has(name)
  const isCustom = container !== 'core' && configuration.get('label', name) !== undefined
  if (isCore || isCustom) return name
  const shown = JSON.stringify(given.slice(0, 64))
  const similar = [...coreLabels.keys()].find((label) => label === name.toUpperCase())
  const detail =
    `there is no label ${shown}` +
    (similar === undefined ? '' : `; labels are case-sensitive: ${similar}`)
  throw new Refusal('LABEL_UNKNOWN', detail, { errors: [{ pointer, detail }] })
}

/** A label as segment definitions show it: `core/C1` (`reference/platform.md` §6.1), `custom/L1`. */
export function labelRef(label: string): string {
  return `${coreLabels.has(label) ? 'core' : 'custom'}/${label}`
}
