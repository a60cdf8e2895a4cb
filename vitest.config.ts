import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Most of what integration tests do is wait for servers, so more files than cores may run.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          pool: 'threads',
          isolate: false,
          // Properties take long on a machine that does other things; no test asserts how long anything takes.
          testTimeout: 60_000,
          include: ['{packages,packages/solutions,apps,tools}/*/src/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,packages/solutions,apps,tools}/*/test/**/*.test.ts'],
          globalSetup: ['tools/dev/test/redis-server.ts'],
          testTimeout: 150_000,
          hookTimeout: 90_000,
          // A condition that is waited for comes late on a busy machine; one that never comes fails all the same.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
})
