import { execFileSync } from 'node:child_process'
import type { SeedEnd } from '../run-seed.ts'

/** The commit that runs, with a mark where something beside it does. */
export function commitOf(): string {
  try {
    const mark = git('status', '--porcelain') === '' ? '' : ' and changes that are not committed'
    return `${git('rev-parse', 'HEAD')}${mark}`
  } catch {
    return 'unknown'
  }
}

/** What a person needs of a seed that failed: what is wrong, what happened before, and how to see it again. */
export function failureText(end: SeedEnd, commit: string): string {
  return [
    '',
    `seed ${end.seed} failed, on commit ${commit}`,
    ...end.violations.map(({ invariant, what }) => `  ${invariant}: ${what}`),
    'What happened last, in seconds of simulated time:',
    ...end.story.map((line) => `  ${line}`),
    `Again, in full: npm run simulate -- --seed ${end.seed} --verbose`,
    '',
  ].join('\n')
}

function git(...given: string[]): string {
  return execFileSync('git', given, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
