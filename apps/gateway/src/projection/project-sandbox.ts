import { isDeepStrictEqual } from 'node:util'
import { projectDataflows, retiredDataflow, type Configuration } from '@segue/destinations'
import type { Dataflow, Dataflows } from '@segue/runtime'

/**
 * Brings the engine's dataflows of a sandbox to what the configuration says. Those of flows that were deleted are retired, last of
 * all: whoever finds them gone may be sure that all others are there.
 *
 * @param afresh puts all of them, whether they differ or not: a process may have died in the middle of putting one, and those
 * that no configuration made are retired too
 */
export async function projectSandbox(
  dataflows: Dataflows,
  configuration: Configuration,
  sandboxName: string,
  afresh: boolean,
): Promise<void> {
  const present = new Map((await dataflows.list()).map((one) => [one.id, one]))
  const wanted = projectDataflows(configuration, sandboxName)
  for (const dataflow of wanted) {
    const before = present.get(dataflow.id)
    present.delete(dataflow.id)
    if (afresh || before === undefined || !isSame(before, dataflow)) await dataflows.put(dataflow)
  }
  for (const left of present.values()) {
    const isOurs = left.revision !== undefined || afresh
    if (!isOurs || (left.retired === true && !afresh)) continue
    await dataflows.put(retiredDataflow(left, configuration.version))
  }
  await dataflows.settle(configuration.version)
}

/** Whether two say the same, whatever configuration they were made from. */
function isSame(one: Dataflow, other: Dataflow): boolean {
  return isDeepStrictEqual(withoutRevision(one), withoutRevision(other))
}

function withoutRevision(dataflow: Dataflow): unknown {
  return JSON.parse(JSON.stringify({ ...dataflow, revision: 0 }))
}
