import { createHash } from 'node:crypto'
import { type DeclaredId, declaredIds } from './declared-ids.ts'
import { isDevice, isWellFormed } from './data-sources.ts'
import { type DcsError, dcsError, isWarning } from './dcs-errors.ts'
import type { DcsParameters } from './dcs-parameters.ts'
import type { Trait } from './catalogue.ts'
import type { Partner } from './partner.ts'

/** What became of a call to `/event`. */
export interface EventOutcome {
  readonly errors: readonly DcsError[]
  /** Absent where an error ended the request: nothing was written. */
  readonly uuid?: string
  readonly traits: readonly number[]
}

/** A profile that traits can be written to. */
interface Target {
  readonly dataSourceId: number
  readonly id: string
}

/** Keys with which the DCS' own parameters begin; all others are signals. */
const ownPrefix = 'd_'
const uuidSource = 0

/**
 * Works one call through (reference §1.2): who is meant, may they be served, which traits do `d_sid` and the signals set,
 * and to which profile they are written.
 */
export function handleEvent(partner: Partner, given: DcsParameters): EventOutcome {
  const orgId = given.get('d_orgid')?.[0]
  if (orgId !== undefined && orgId !== partner.settings.orgId) return ended(dcsError(2, orgId))
  const mid = given.get('d_mid')?.[0]
  if (mid !== undefined && !isWellFormed('ECID', mid)) return ended(dcsError(101, mid))
  const uuid = given.get('d_uuid')?.[0]
  if (uuid !== undefined && !isWellFormed('ECID', uuid)) return ended(dcsError(102, uuid))

  const { ids, errors } = declaredIds(partner, given)
  const devices = devicesOf(partner, mid, uuid)
  const known = [...devices, ...ids.map(targetOf)]
  if (known.length === 0 && errors.length > 0) return ended(...errors)

  const { register } = partner
  const optedOut = known.find(({ dataSourceId, id }) => register.isOptedOut(dataSourceId, id))
  if (optedOut !== undefined) return ended(dcsError(171, optedOut.id))
  const blocked = devices.find(
    ({ dataSourceId, id }) =>
      register.isDenied(dataSourceId, id) || register.isTooMany(dataSourceId, id),
  )
  if (blocked !== undefined) return ended(dcsError(306, blocked.id))

  const traits = realizedTraits(partner, given)
  const nowMs = partner.clock.nowMs()
  for (const { dataSourceId, id } of writtenTo(ids, devices)) {
    for (const trait of traits) partner.memberships.set(trait.sid, dataSourceId, id, nowMs)
  }
  if (traits.length > 0) partner.touch()
  return {
    errors: errors.filter((error) => isWarning(error) || error.code === 104),
    uuid: uuid ?? uuidOf(known[0]?.id ?? `${nowMs}`),
    traits: traits.map((trait) => trait.sid),
  }
}

function ended(...errors: readonly DcsError[]): EventOutcome {
  return { errors, traits: [] }
}

function devicesOf(partner: Partner, mid: string | undefined, uuid: string | undefined): Target[] {
  const devices: Target[] = []
  if (mid !== undefined) devices.push({ dataSourceId: partner.settings.ecidDataSource, id: mid })
  if (uuid !== undefined) devices.push({ dataSourceId: uuidSource, id: uuid })
  return devices
}

/**
 * The profiles that new traits are written to. A log-in (state 1) claims them for the authenticated profiles; else they go
 * to the devices that the call names [I: to each of them]. A customer id in state 0 or 2 with no device beside it has only
 * an anonymous device, and nothing that can be read back.
 */
function writtenTo(ids: readonly DeclaredId[], devices: readonly Target[]): readonly Target[] {
  const authenticated = ids.filter(({ source, authenticated: yes }) => yes && !isDevice(source))
  if (authenticated.length > 0) return authenticated.map(targetOf)
  return [...devices, ...ids.filter(({ source }) => isDevice(source)).map(targetOf)]
}

function targetOf({ source, id }: DeclaredId): Target {
  return { dataSourceId: source.dataSourceId, id }
}

/** Unknown sids and signals that no rule asks for set nothing and are no error. */
function realizedTraits(partner: Partner, given: DcsParameters): readonly Trait[] {
  const { catalogue, settings } = partner
  const found = new Set<Trait>()
  for (const sid of (given.get('d_sid') ?? []).flatMap((value) => value.split(','))) {
    const trait = catalogue.traits.get(Number(sid))
    if (trait !== undefined) found.add(trait)
  }
  for (const [key, values] of given) {
    if (key.startsWith(ownPrefix)) continue
    for (const value of values.flatMap((each) => each.split(','))) {
      for (const trait of catalogue.traitsFor({ key, value })) found.add(trait)
    }
  }
  const only = evaluatedSources(partner, given)
  return [...found].filter(
    (trait) =>
      trait.traitType !== 'ALGO_TRAIT' &&
      (trait.traitType !== 'ON_BOARDED_TRAIT' || settings.dcsOnboardedTraits === 'apply') &&
      (only === undefined || only.has(trait.dataSourceId)),
  )
}

/** `d_tdpid` and `d_tdpid_ic`: only traits of these sources are evaluated. */
function evaluatedSources(partner: Partner, given: DcsParameters): ReadonlySet<number> | undefined {
  const byId = given.get('d_tdpid') ?? []
  const byCode = given.get('d_tdpid_ic') ?? []
  if (byId.length + byCode.length === 0) return undefined
  const coded = byCode.map((code) => partner.catalogue.dataSources.byCode(code)?.dataSourceId ?? -1)
  return new Set([...byId.map(Number), ...coded])
}

/** The 38-digit id that stands for a device, the same every time. */
function uuidOf(id: string): string {
  const digest = createHash('sha256').update(id).digest('hex')
  return (BigInt(`0x${digest}`) % 10n ** 38n).toString().padStart(38, '0')
}
