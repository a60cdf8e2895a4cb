import { memoryUsage } from 'node:process'

/**
 * Loaded before a program that is soaked: at SIGUSR2 it collects garbage and writes what is left, so that samples of a heap say
 * what is held, not when V8 last looked.
 */
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const { heapUsed, rss, external } = memoryUsage()
  process.stderr.write(`${JSON.stringify({ heapUsed, rss, external })}\n`)
})
