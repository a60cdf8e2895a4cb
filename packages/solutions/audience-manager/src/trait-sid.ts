/** Whether a remote id is a trait's number: the number goes into paths and files, so nothing else may. */
export function isTraitSid(remoteId: string): boolean {
  return /^[1-9]\d{0,15}$/.test(remoteId)
}
