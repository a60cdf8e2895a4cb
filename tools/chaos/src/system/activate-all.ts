import { connect, createFlow, entitle, registerSegments, solutions, type Gateway } from '@segue/dev'

/** Connects, and activates the segments (`namespace:id`) to every solution. */
export async function activateAll(
  gateway: Gateway,
  {
    segments,
    activationDelayMs,
  }: { readonly segments: readonly string[]; readonly activationDelayMs: number },
): Promise<void> {
  const name = 'Chaos'
  await entitle(gateway, solutions)
  await registerSegments(gateway, new Map(segments.map((one) => [one, one.replace(':', ' ')])))
  const ends = await connect(gateway, { name, activationDelayMs, solutions })
  await createFlow(gateway, name, ends, segments)
}
