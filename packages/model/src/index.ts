export type {
  ConsentUpdate,
  Identity,
  MembershipUpdate,
  ProfileKey,
  ProfileUpdate,
  Segment,
} from './profile-update.ts'
export { rejectionCodes, warningCodes } from './codes.ts'
export type { RejectionCode, WarningCode } from './codes.ts'
export { parseIdentity } from './identity.ts'
export type { ParsedIdentity } from './identity.ts'
export { namespaceOf, solutionNamespaces } from './namespace.ts'
export { parseProfileUpdate } from './parse-profile-update.ts'
export type { ParsedUpdate } from './parse-profile-update.ts'
export { partitionOf } from './partition.ts'
export { profileUpdateSchema } from './profile-update-schema.ts'
export { parseTimestamp } from './timestamp.ts'
export type { Warning } from './warnings.ts'
