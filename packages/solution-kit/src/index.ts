export { AwsTrouble, awsRequestHandler } from './aws-request-handler.ts'
export type { AwsRequestHandler } from './aws-request-handler.ts'
export { batches, halves } from './batches.ts'
export type { BatchLimits } from './batches.ts'
export { concurrently } from './concurrently.ts'
export { httpClient, httpLimits } from './http.ts'
export type { HttpClient } from './http.ts'
export type { HttpOutcome, HttpResponse, HttpTrouble } from './http-outcome.ts'
export type { HttpLimits, HttpRequest } from './http-request.ts'
export { imsToken } from './ims-token.ts'
export { unlimited } from './rate-limiter.ts'
export type { RateLimiter } from './rate-limiter.ts'
export { readJson } from './read-json.ts'
export { segmentGone } from './receipt.ts'
export type { FollowReceipt, Receipt, RemovalReceipt, SegmentReceipt } from './receipt.ts'
export { remoteName, remoteNames } from './remote-name.ts'
export { remoteObjects } from './remote-object.ts'
export type { RemoteObject } from './remote-object.ts'
export { remoteSegmentId } from './remote-segment-id.ts'
export { Secret, secretSetting } from './secret.ts'
export { silent } from './solution-event.ts'
export type { SolutionEvent, SolutionLog } from './solution-event.ts'
export type { Aggregation, Delivery, KnownMembership, Readiness, Solution } from './solution.ts'
export { tokenCache, tokenLimits } from './token.ts'
export type { AccessToken, TokenCache, TokenFetch, TokenLimits, TokenOutcome } from './token.ts'
export {
  excluded,
  failed,
  misconfigured,
  notInDoubt,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryAfterMs,
  retryRow,
  retrySolution,
} from './verdict.ts'
export type { Refusal, Verdict } from './verdict.ts'
export { withToken } from './with-token.ts'
export { worstReceipt } from './worst-receipt.ts'
