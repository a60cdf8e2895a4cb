import { parentPort, workerData } from 'node:worker_threads'
import { runSeed } from '../run-seed.ts'

// A thread of `run-seeds.ts`: runs every `step`th seed, and tells what became of each.
const { first, last, step }: { first: number; last: number; step: number } = workerData
for (let seed = first; seed <= last; seed += step) {
  parentPort?.postMessage(await runSeed({ seed }), [])
}
