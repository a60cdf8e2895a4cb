/** One identity, `namespace:id`, in canonical form: `ECID:<38 digits>`, `email_lc_sha256:<64 hex>`. */
export type Identity = string

/** One segment, `namespace:id`: `ups:<id>` for the segments of Experience Platform's own Segmentation Service. */
export type Segment = string

/** Names a profile everywhere: the primary identity (design §3). */
export type ProfileKey = Identity

/** What one update says of one segment. */
export interface MembershipUpdate {
  readonly segment: Segment
  readonly status: 'realized' | 'exited'
  /** Epoch milliseconds. */
  readonly lastQualificationTimeMs: number
  /** Epoch milliseconds; absent where the membership has no end. */
  readonly validUntilMs?: number
}

/** A decision of the person about sharing. */
export interface ConsentUpdate {
  readonly given: boolean
  /** `consents.metadata.time`, epoch milliseconds; absent where the update had none, then log order decides. */
  readonly atMs?: number
}

/** A profile update after parsing: everything canonical, nothing unknown. */
export interface ProfileUpdate {
  readonly profileKey: ProfileKey
  /** Distinct, at most 50; the profile key is among them. */
  readonly identities: readonly Identity[]
  readonly memberships: readonly MembershipUpdate[]
  readonly consent?: ConsentUpdate
}
