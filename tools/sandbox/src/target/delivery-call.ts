import { isObject, parseObject } from '../json/json.ts'
import type { VisitorIds } from './profiles.ts'

/** A delivery request as far as the sandbox uses it. */
export interface DeliveryCall {
  readonly ids: VisitorIds
  readonly requestId: string | undefined
  /** The profile parameters of all parts, later ones last. */
  readonly entries: readonly (readonly [name: string, value: string])[]
  readonly execute: DeliveryParts | undefined
  readonly prefetch: DeliveryParts | undefined
  /** A beacon is answered without a body. */
  readonly beacon: boolean
}

/** What `execute` or `prefetch` asked for. */
export interface DeliveryParts {
  readonly pageLoad: boolean
  readonly mboxes: readonly { readonly index: number; readonly name: string }[] | undefined
  readonly views: number | undefined
}

/** A request that does not validate: HTTP 400 and the message. */
export class DeliveryInvalid extends Error {}

export interface DeliveryLimits {
  /** Parameters of one part. */
  readonly deliveryParameters: number
  /** Mboxes of `execute`, and of `prefetch`. */
  readonly deliveryMboxes: number
}

const longestName = 128
const longestValue = 5000
const mostCustomerIds = 50

/**
 * Reads the body of a delivery call (reference §5.2 C).
 * @throws DeliveryInvalid
 */
export function readDeliveryCall(body: Buffer, limits: DeliveryLimits): DeliveryCall {
  const given = parseObject(body.toString())
  if (given === undefined) throw new DeliveryInvalid('The body must be a JSON object')
  const context = objectOf(given['context'], 'context')
  if (context === undefined) throw new DeliveryInvalid('context is required')
  const { channel, beacon } = context
  if (channel !== 'web' && channel !== 'mobile') {
    throw new DeliveryInvalid('context.channel must be web or mobile')
  }
  const entries: (readonly [string, string])[] = []
  return {
    ids: idsOf(objectOf(given['id'], 'id') ?? {}),
    requestId: textOf(given['requestId'], 'requestId', longestName),
    execute: partsOf(given['execute'], 'execute', limits, entries),
    prefetch: partsOf(given['prefetch'], 'prefetch', limits, entries),
    entries,
    beacon: beacon === true,
  }
}

function idsOf(id: Readonly<Record<string, unknown>>): VisitorIds {
  const tntId = textOf(id['tntId'], 'id.tntId', 128)
  const thirdPartyId = textOf(id['thirdPartyId'], 'id.thirdPartyId', 256)
  const visitorId = textOf(id['marketingCloudVisitorId'], 'id.marketingCloudVisitorId', 128)
  checkCustomerIds(id['customerIds'])
  return {
    // What follows the dot says where the profile is, not who it is.
    ...(tntId === undefined ? {} : { tntId: tntId.split('.', 1)[0] ?? tntId }),
    ...(thirdPartyId === undefined ? {} : { thirdPartyId }),
    ...(visitorId === undefined ? {} : { marketingCloudVisitorId: visitorId }),
  }
}

/** They are checked and then left alone: customer attributes are not in the sandbox. */
function checkCustomerIds(given: unknown): void {
  if (given === undefined || given === null) return
  if (!Array.isArray(given) || given.length > mostCustomerIds) {
    throw new DeliveryInvalid(`id.customerIds must be an array of at most ${mostCustomerIds}`)
  }
  for (const customer of given) {
    const fields = objectOf(customer, 'id.customerIds')
    const id = textOf(fields?.['id'], 'id.customerIds.id', 128)
    const code = textOf(fields?.['integrationCode'], 'id.customerIds.integrationCode', 50)
    const state = String(fields?.['authenticatedState'])
    const isComplete = id !== undefined && code !== undefined
    if (!isComplete || !['unknown', 'authenticated', 'logged_out'].includes(state)) {
      throw new DeliveryInvalid('id.customerIds need id, integrationCode and authenticatedState')
    }
  }
}

function partsOf(
  given: unknown,
  path: string,
  limits: DeliveryLimits,
  entries: (readonly [string, string])[],
): DeliveryParts | undefined {
  const parts = objectOf(given, path)
  if (parts === undefined) return undefined
  const pageLoad = objectOf(parts['pageLoad'], `${path}.pageLoad`)
  const mboxes = listOf(parts['mboxes'], `${path}.mboxes`)
  const views = listOf(parts['views'], `${path}.views`)
  const most = limits.deliveryMboxes
  if (most > 0 && mboxes !== undefined && mboxes.length > most) {
    throw new DeliveryInvalid(`${path}.mboxes must have at most ${most} mboxes`)
  }
  if (pageLoad !== undefined) readParameters(pageLoad, `${path}.pageLoad`, limits, entries)
  for (const view of views ?? []) readParameters(view, `${path}.views`, limits, entries)
  const seen = new Set<number>()
  const read = mboxes?.map((mbox) => {
    const { index, name } = mbox
    if (typeof index !== 'number' || !Number.isInteger(index) || seen.has(index)) {
      throw new DeliveryInvalid(`${path}.mboxes need an index each, and no two the same`)
    }
    if (typeof name !== 'string' || name.trim() === '') {
      throw new DeliveryInvalid(`${path}.mboxes need a name each`)
    }
    seen.add(index)
    readParameters(mbox, `${path}.mboxes`, limits, entries)
    return { index, name }
  })
  return { pageLoad: pageLoad !== undefined, mboxes: read, views: views?.length }
}

/** Checks `parameters` and `profileParameters` alike; the latter are what a profile keeps. */
function readParameters(
  part: Readonly<Record<string, unknown>>,
  path: string,
  limits: DeliveryLimits,
  entries: (readonly [string, string])[],
): void {
  for (const field of ['parameters', 'profileParameters']) {
    const parameters = objectOf(part[field], `${path}.${field}`)
    if (parameters === undefined) continue
    const all = Object.entries(parameters)
    if (limits.deliveryParameters > 0 && all.length > limits.deliveryParameters) {
      throw new DeliveryInvalid(`${path}.${field} must be at most ${limits.deliveryParameters}`)
    }
    for (const [name, value] of all) {
      if (name.trim() === '' || name.length > longestName || name.startsWith('profile.')) {
        throw new DeliveryInvalid(
          `${path}.${field}: a name has 1 to ${longestName} characters and does not start with profile.`,
        )
      }
      if (typeof value !== 'string' || value.length > longestValue) {
        throw new DeliveryInvalid(
          `${path}.${field}: a value is a string of at most ${longestValue}`,
        )
      }
      if (field === 'profileParameters') entries.push([name, value])
    }
  }
}

/** An optional object; null is as good as absent. */
function objectOf(given: unknown, path: string): Record<string, unknown> | undefined {
  if (given === undefined || given === null) return undefined
  if (isObject(given)) return given
  throw new DeliveryInvalid(`${path} must be an object`)
}

function listOf(given: unknown, path: string): Record<string, unknown>[] | undefined {
  if (given === undefined || given === null) return undefined
  const isList = Array.isArray(given) && given.every((item) => isObject(item))
  if (isList) return given
  throw new DeliveryInvalid(`${path} must be an array of objects`)
}

function textOf(given: unknown, path: string, longest: number): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given === 'string' && given !== '' && given.length <= longest) return given
  throw new DeliveryInvalid(`${path} must be a string of 1 to ${longest} characters`)
}
