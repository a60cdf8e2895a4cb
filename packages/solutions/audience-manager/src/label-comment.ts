/**
 * A trait's data usage labels stand in its comments, one line of ours among whatever people wrote there: Audience Manager has no other place for them, and
 * the data source's controls must follow from all of its traits, whoever labelled them and however long ago [I]. Labels that were withdrawn stand there until the
 * controls have followed, so that nobody who dies in between leaves one behind.
 */
const prefix = 'Experience Platform labels: '
const withdrawnPrefix = 'Experience Platform labels withdrawn: '

/** The labels that a trait's comments name, sorted. */
export function labelsIn(comments: unknown): readonly string[] {
  return listAt(prefix, comments)
}

/** Labels that the trait had, and whose controls may still be set. */
export function withdrawnIn(comments: unknown): readonly string[] {
  return listAt(withdrawnPrefix, comments)
}

/** The comments with these labels in place of those before; what people wrote stays. */
export function withLabels(
  comments: unknown,
  labels: readonly string[],
  withdrawn: readonly string[] = [],
): string {
  const others = linesOf(comments).filter(
    (line) => !line.startsWith(prefix) && !line.startsWith(withdrawnPrefix),
  )
  return [...others, ...lineOf(prefix, labels), ...lineOf(withdrawnPrefix, withdrawn)].join('\n')
}

function lineOf(start: string, labels: readonly string[]): readonly string[] {
  return labels.length === 0 ? [] : [start + sorted(labels).join(', ')]
}

function listAt(start: string, comments: unknown): readonly string[] {
  const line = linesOf(comments).find((one) => one.startsWith(start))
  return line === undefined ? [] : sorted(line.slice(start.length).split(', '))
}

function linesOf(comments: unknown): readonly string[] {
  return typeof comments === 'string' && comments !== '' ? comments.split('\n') : []
}

function sorted(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.map((label) => label.trim()))].filter(Boolean).toSorted()
}
