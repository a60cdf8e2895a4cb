import type { SolutionName } from './solution-name.ts'

/** What is left for a person to do, in order. */
export function nextSteps({ kebab, title }: SolutionName): string {
  return `
${title} is an adapter to an example API; nothing talks to it before a solutions file names it. Next, by docs/solutions.md:

  1  npm test -- packages/solutions/${kebab}
     every check, and the package’s own tests with the conformance suite
  2  put the real API in the example’s place, call by call
  3  its stand-in, by somebody else and from the same reference:
     tools/sandbox/src/${kebab}, with a line each in tools/sandbox/src/{sandbox,settings}.ts
     and packages/solution-kit/src/testing/sandbox-ready.ts
  4  npm start with it: tools/dev/src/launch/{run,sandbox-solutions,fault-plan}.ts, tools/oracle/src/oracle.ts
  5  a rate limit, where the solution publishes one: apps/processor/src/adapters.ts
  6  its row in docs/solutions.md, its name in README.md and docs/codes.md
`
}
