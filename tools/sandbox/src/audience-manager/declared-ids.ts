import { type DataSource, isWellFormed } from './data-sources.ts'
import { type DcsError, dcsError } from './dcs-errors.ts'
import type { DcsParameters } from './dcs-parameters.ts'
import type { Partner } from './partner.ts'

/** A customer id that a call declares and that may be used. */
export interface DeclaredId {
  readonly source: DataSource
  readonly id: string
  /** State 1: traits go to the authenticated profile (reference §1.2). */
  readonly authenticated: boolean
}

/** The octet that separates data source, id and state; `%01` on the wire. */
const separator = '\u0001'
const maxIds = 10
const maxIdsOfSource = 3

/**
 * Reads `d_cid`, `d_cid_ic` and the deprecated `d_dpid` with `d_dpuuid`. What cannot be used is left out with its code:
 * 300 (form, unknown code, blank, bad state), 302 (foreign source), 303, 304, 306 (deny-listed), 312 beside 300 (a global
 * device id in the wrong case or form), 301 and 309 (beyond ten), 310 (beyond three of one source), and 104 where nothing
 * is left.
 */
export function declaredIds(
  partner: Partner,
  given: DcsParameters,
): { ids: readonly DeclaredId[]; errors: readonly DcsError[] } {
  const legacySources = given.get('d_dpid') ?? []
  const legacyIds = given.get('d_dpuuid') ?? []
  const declared = [
    ...(given.get('d_cid') ?? []).map((value) => ({ value, byCode: false })),
    ...(given.get('d_cid_ic') ?? []).map((value) => ({ value, byCode: true })),
    ...legacySources.map((source, index) => ({
      value: source + separator + (legacyIds[index] ?? ''),
      byCode: false,
    })),
  ]
  const ids: DeclaredId[] = []
  const errors: DcsError[] = []
  const perSource = new Map<number, number>()
  if (declared.length > maxIds) errors.push(dcsError(301, String(declared.length)))
  for (const [index, { value, byCode }] of declared.entries()) {
    const shown = value.replaceAll(separator, ' ')
    if (index >= maxIds) {
      errors.push(dcsError(309, shown))
      continue
    }
    const [sourceText = '', id = '', state = '0', ...rest] = value.split(separator)
    const known = byCode || /^\d{1,15}$/.test(sourceText)
    if (!known || id.trim() === '' || !/^[012]$/.test(state) || rest.length > 0) {
      errors.push(dcsError(300, shown))
      continue
    }
    const sources = partner.catalogue.dataSources
    const source = byCode ? sources.byCode(sourceText) : sources.byId(Number(sourceText))
    if (source === undefined) {
      // A code that nobody has is an invalid id; a number that is not ours may be somebody else's source.
      errors.push(dcsError(byCode ? 300 : 302, shown))
      continue
    }
    const { dataSourceId, idKind } = source
    const count = (perSource.get(dataSourceId) ?? 0) + 1
    perSource.set(dataSourceId, count)
    if (count > maxIdsOfSource) {
      errors.push(dcsError(310, String(dataSourceId)))
      continue
    }
    if (!isWellFormed(idKind, id)) {
      errors.push(dcsError(300, shown))
      if (idKind === 'GAID' || idKind === 'IDFA') errors.push(dcsError(312))
      continue
    }
    const blocked = blockedCode(partner, source, id)
    if (blocked !== undefined) {
      errors.push(dcsError(blocked, blocked === 304 ? String(dataSourceId) : id))
      continue
    }
    ids.push({ source, id, authenticated: state === '1' })
  }
  if (declared.length > 0 && ids.length === 0) errors.push(dcsError(104))
  return { ids, errors }
}

function blockedCode(partner: Partner, source: DataSource, id: string): number | undefined {
  const { register } = partner
  if (register.isDenied(source.dataSourceId)) return 304
  const isBlocked =
    register.isDenied(source.dataSourceId, id) || register.isTooMany(source.dataSourceId, id)
  if (!isBlocked) return undefined
  return source.idType === 'CROSS_DEVICE' ? 303 : 306
}
