import type { Inbound, InboundState } from '../audience-manager/inbound.ts'
import type { Partner, PartnerState } from '../audience-manager/partner.ts'
import type { Clock } from '../clock/clock.ts'
import { isObject } from '../json/json.ts'
import type { Instance, InstanceState } from '../marketo/instance.ts'
import type { Bucket } from '../s3/bucket.ts'

/** All that a restarted sandbox must still have. */
export interface SandboxState {
  /** Of this shape. */
  readonly version: 1
  readonly clockOffsetMs: number
  readonly marketo: InstanceState
  readonly audienceManager: PartnerState
  readonly inbound: InboundState
  /** Receipts and files still to be processed; processed files are not kept over a restart. */
  readonly objects: readonly {
    readonly key: string
    readonly base64: string
    readonly acl: string
    readonly contentType: string
    readonly modifiedMs: number
  }[]
}

/** Only the sandbox writes this file, so that its version vouches for the rest. */
export function isSandboxState(read: unknown): read is SandboxState {
  return isObject(read) && read['version'] === 1
}

/** The parts of a sandbox that hold state. */
export interface StatefulParts {
  readonly clock: Clock
  readonly instance: Instance
  readonly partner: Partner
  readonly inbound: Inbound
  readonly bucket: Bucket
}

export function collectState({
  clock,
  instance,
  partner,
  inbound,
  bucket,
}: StatefulParts): SandboxState {
  return {
    version: 1,
    clockOffsetMs: clock.offsetMs(),
    marketo: instance.snapshot(),
    audienceManager: partner.snapshot(),
    inbound: inbound.snapshot(),
    objects: [...bucket.all()]
      .filter(({ key }) => inbound.isPending(key) || key.includes('/receipts/'))
      .map(({ key, content, acl, contentType, modifiedMs }) => ({
        key,
        base64: content.toString('base64'),
        acl,
        contentType,
        modifiedMs,
      })),
  }
}

/** The clock takes its offset when it is made, before this. */
export function restoreState(state: SandboxState, parts: Omit<StatefulParts, 'clock'>): void {
  parts.instance.restore(state.marketo)
  parts.partner.restore(state.audienceManager)
  for (const { base64, ...object } of state.objects) {
    parts.bucket.put({ ...object, content: Buffer.from(base64, 'base64') })
  }
  parts.inbound.restore(state.inbound)
}
