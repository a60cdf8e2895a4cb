import { Worker } from 'node:worker_threads'
import { runSeed, type SeedEnd } from '../run-seed.ts'

/**
 * Runs seeds, in so many threads.
 * @param ended told of each seed, in any order
 */
export async function runSeeds(
  from: number,
  seeds: number,
  jobs: number,
  ended: (end: SeedEnd) => void,
): Promise<void> {
  const last = from + seeds - 1
  if (jobs === 1) {
    for (let seed = from; seed <= last; seed += 1) ended(await runSeed({ seed }))
    return
  }
  await Promise.all(
    Array.from({ length: jobs }, (_, index) => {
      const worker = new Worker(new URL('seed-thread.ts', import.meta.url), {
        workerData: { first: from + index, last, step: jobs },
      })
      worker.on('message', ended)
      return new Promise<void>((resolve, reject) => {
        worker.on('error', reject)
        worker.on('exit', (code) => {
          if (code === 0) resolve()
          else reject(new Error(`a thread of seeds ended with ${code}`))
        })
      })
    }),
  )
}
