import { Refusal } from '../configuration/refusal.ts'
import { fieldOf, refuseFaults, type Fault } from '../connect/fields.ts'

/**
 * The segment selectors among a flow's transformations, as they came. Whatever else a transformation may hold elsewhere belongs
 * to a mapping step, which this destination has not (seed: "no mapping step is required").
 *
 * @throws Refusal FLOW_INVALID; MAPPING_UNSUPPORTED
 */
export function segmentSelectorsOf(transformations: unknown): unknown {
  if (transformations === undefined) return []
  if (!Array.isArray(transformations) || transformations.length > 1) {
    refuseFaults('FLOW_INVALID', [fault('/transformations', 'must be a list of one')])
  }
  const transformation: unknown = Array.isArray(transformations) ? transformations[0] : undefined
  if (transformation === undefined) return []
  const at = '/transformations/0'
  const params = fieldOf(transformation, 'params')
  if (fieldOf(transformation, 'name') !== 'GeneralTransform') {
    refuseFaults('FLOW_INVALID', [fault(`${at}/name`, 'must be GeneralTransform')])
  }
  const profileSelectors = fieldOf(fieldOf(params, 'profileSelectors'), 'selectors') ?? []
  const isEmpty = Array.isArray(profileSelectors) && profileSelectors.length === 0
  const others = Object.keys(params ?? {}).filter(
    (name) => name !== 'segmentSelectors' && name !== 'profileSelectors',
  )
  const faults = [
    ...(isEmpty ? [] : [fault(`${at}/params/profileSelectors`, 'must be empty')]),
    ...others.map((name) => fault(`${at}/params/${name}`, 'is not known')),
  ]
  if (faults.length > 0) {
    throw new Refusal('MAPPING_UNSUPPORTED', 'the destination has no mapping', { errors: faults })
  }
  return fieldOf(fieldOf(params, 'segmentSelectors'), 'selectors') ?? []
}

function fault(pointer: string, detail: string): Fault {
  return { pointer, detail }
}
