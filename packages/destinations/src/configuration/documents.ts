import type { AlertRuleDocument } from '../alert/rules.ts'
import type { AlertSubscription } from '../alert/subscription.ts'
import type { Role } from '../access/roles.ts'
import type { Connection, SourceConnection, TargetConnection } from '../connect/connections.ts'
import type { Cutover } from '../cutover/cutover.ts'
import type { Flow } from '../flow/flow.ts'
import type { CorePolicies } from '../governance/core-policies.ts'
import type { CustomLabel } from '../governance/labels.ts'
import type { CustomMarketingAction } from '../governance/marketing-actions.ts'
import type { Policy } from '../governance/policy.ts'
import type { Organisation } from '../organisation/organisation.ts'
import type { SegmentDefinition } from '../segment/definition.ts'

/** Everything that people configure, by kind. What these documents say is all that the destination service goes by. */
export interface Kinds {
  /** One, with the id `organisation`. */
  readonly organisation: Organisation
  readonly connection: Connection
  readonly sourceConnection: SourceConnection
  readonly targetConnection: TargetConnection
  readonly flow: Flow
  /** Id: `segmentDocumentId`. */
  readonly segment: SegmentDefinition
  /** The organisation's own policies. */
  readonly policy: Policy
  /** One, with the id `corePolicies`. */
  readonly corePolicies: CorePolicies
  /** The organisation's own; id: its name. */
  readonly marketingAction: CustomMarketingAction
  /** The organisation's own; id: its name. */
  readonly label: CustomLabel
  readonly role: Role
  readonly alertSubscription: AlertSubscription
  /** Id: `alertRuleDocumentId`. */
  readonly alertRule: AlertRuleDocument
  readonly cutover: Cutover
}

export type Kind = keyof Kinds

/** A document with what is known of its making. */
export interface Document<K extends Kind> {
  readonly id: string
  /** Another one after each change; with its quotes, as `If-Match` carries it (`reference/platform.md` §4.2). */
  readonly etag: string
  /** Epoch milliseconds. */
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Names of actors. */
  readonly createdBy: string
  readonly updatedBy: string
  readonly value: Kinds[K]
}
