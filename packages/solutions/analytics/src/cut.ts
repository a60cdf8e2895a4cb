import { batches } from '@segue/solution-kit'
import { hitFile, lineBytes } from './hit-file.ts'
import type { HitFile, HitLine } from './hit-file.ts'
import type { AnalyticsSettings } from './settings.ts'

/** Cuts a group's rows into files that keep the bounds of rows and of bytes before compression, in order (`reference/solutions.md` §2.2). */
export function cut(
  group: string,
  header: string,
  rows: readonly HitLine[],
  settings: Pick<AnalyticsSettings, 'maxRowsPerFile' | 'maxFileBytes'>,
): readonly HitFile[] {
  const maxBytes = settings.maxFileBytes - lineBytes({ line: header })
  const bounded = { maxCount: settings.maxRowsPerFile, maxBytes, bytesOf: lineBytes }
  return batches(rows, bounded).map((some) => hitFile(group, header, some))
}
