import { parseProfileUpdate, type ProfileUpdate } from '@segue/model'

/** A line of the stream, and whose it is. */
export interface Line {
  readonly text: string
  readonly profileKey: string
}

/**
 * Leaves out lines whose outcome hangs on when they arrive: a request that timed out may be carried out later, behind newer ones, and
 * nobody promises otherwise. What is left ends in one state in every order: consent has a time, and of two statements on one segment
 * at one time one wins by what it says.
 *
 * @param lines in the order in which they are sent
 */
export function orderFree(lines: Iterable<string>, nowMs: number): readonly Line[] {
  const ends = new Map<string, number | undefined>()
  const kept: Line[] = []
  for (const text of lines) {
    const parsed = parseProfileUpdate(JSON.parse(text), nowMs)
    if (!parsed.ok) throw new Error('the sample has a line that is not taken')
    const { update } = parsed
    if (update.consent !== undefined && update.consent.atMs === undefined) continue
    if (contradicts(update, ends)) continue
    for (const [statement, untilMs] of statementsOf(update)) ends.set(statement, untilMs)
    kept.push({ text, profileKey: update.profileKey })
  }
  return kept
}

/** Two ends of one membership, stated at one time: the later line wins. */
function contradicts(
  update: ProfileUpdate,
  ends: ReadonlyMap<string, number | undefined>,
): boolean {
  return statementsOf(update).some(
    ([statement, untilMs]) => ends.has(statement) && ends.get(statement) !== untilMs,
  )
}

/** What it says to be realized, when, and until when. */
function statementsOf(update: ProfileUpdate): readonly (readonly [string, number | undefined])[] {
  return update.memberships
    .filter(({ status }) => status === 'realized')
    .map((one) => [
      `${update.profileKey} ${one.segment} ${one.lastQualificationTimeMs}`,
      one.validUntilMs,
    ])
}
