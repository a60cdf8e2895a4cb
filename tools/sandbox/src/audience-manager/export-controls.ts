import type { Segment } from './catalogue.ts'
import type { Partner } from './partner.ts'
import { badRequest, conflict } from './rest-fields.ts'
import { traitsOfSegmentRule } from './trait-rule.ts'

/**
 * Controls on data sources that meet a label of a destination: what blocks an export. Looked at are the sources of the traits of
 * the segment and of its merge rule; the source of the segment itself is not (reference §1.7).
 */
export function blockedBy(
  { catalogue }: Partner,
  segment: Pick<Segment, 'segmentRule' | 'mergeRuleDataSourceId'>,
  dataExportLabels: readonly string[],
): readonly string[] {
  const sources = (traitsOfSegmentRule(segment.segmentRule) ?? []).map(
    (sid) => catalogue.traits.get(sid)?.dataSourceId,
  )
  const controls = [...sources, segment.mergeRuleDataSourceId].flatMap((source) =>
    source === undefined ? [] : (catalogue.dataSources.byId(source)?.dataExportRestrictions ?? []),
  )
  return [...new Set(controls)].filter((control) => dataExportLabels.includes(control))
}

/**
 * A destination never gets what it must not have: neither a segment, nor a trait for a segment that it has.
 * @throws RestRefused 409; that it is this status is not documented [I]
 */
export function refuseExport(
  partner: Partner,
  segment: Pick<Segment, 'segmentRule' | 'mergeRuleDataSourceId'>,
  dataExportLabels: readonly string[],
): void {
  const controls = blockedBy(partner, segment, dataExportLabels)
  if (controls.length > 0) {
    throw conflict(`data export controls forbid it: ${controls.join(', ')}`)
  }
}

/** Names of controls and labels: of all only `PII` is documented, so other words pass [I]. @throws RestRefused 400 */
export function checkedControls(names: readonly string[]): readonly string[] {
  if (names.length > 20 || names.some((name) => !/^[A-Z][A-Z_]{0,63}$/.test(name))) {
    throw badRequest('export controls and labels are words like PII')
  }
  return [...new Set(names)]
}
