/** A segment as the catalog knows it; Segue does not evaluate, it is told of memberships. */
export interface SegmentDefinition {
  readonly sandboxName: string
  readonly namespace: string
  /** Without the namespace. */
  readonly id: string
  readonly name: string
  readonly description: string
  /** Data usage labels without their `core/`: `C1`. */
  readonly labels: readonly string[]
  /** How the Platform evaluates it. */
  readonly evaluation: 'batch' | 'continuous' | 'synchronous'
  /** `stream`: it was seen in updates before anybody registered it. */
  readonly origin: 'registered' | 'stream'
}

/** @param segment `namespace:id` */
export function segmentDocumentId(sandboxName: string, segment: string): string {
  return `${sandboxName}/${segment}`
}
