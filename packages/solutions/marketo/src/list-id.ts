/** Whether a remote id is a static list's: the id goes into paths, so nothing else may. */
export function isListId(remoteId: string): boolean {
  return /^[1-9]\d{0,15}$/.test(remoteId)
}
