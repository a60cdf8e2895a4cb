import { Problem } from './problem.ts'

/**
 * Waits for `work` at most `ms` milliseconds. The work goes on; what comes of it later is of no interest.
 * @throws Problem DEADLINE_EXCEEDED, or what the work throws
 */
export async function withDeadline<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Problem('DEADLINE_EXCEEDED', `there was no answer within ${ms} ms`))
    }, ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}
