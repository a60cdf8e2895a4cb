import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** A server on 127.0.0.1 that runs with `cluster-enabled yes`. */
export interface ClusterServer {
  readonly port: number
  /** Its `cluster-port`. */
  readonly busPort: number
}

const slots = 16_384
const pollMs = 20

/** Makes one cluster of empty servers, with as many slots each, and waits until all of them agree. */
export async function formCluster(servers: readonly ClusterServer[]): Promise<void> {
  const nodes = servers.map(({ port }) => connect(port))
  try {
    const [first] = servers
    await Promise.all(
      nodes.map(async (node, index) => {
        const from = Math.floor((index * slots) / nodes.length)
        const to = Math.floor(((index + 1) * slots) / nodes.length) - 1
        // Two nodes with the same epoch would first have to agree on who changes it.
        await node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
        await node.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
        if (first !== undefined && index > 0) {
          await node.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort)
        }
      }),
    )
    for (const node of nodes) await untilWhole(node, nodes.length)
  } finally {
    for (const node of nodes) node.disconnect()
  }
}

/** Waits until a server says that its cluster is whole again. */
export async function untilClusterIsWhole({ port }: ClusterServer, count: number): Promise<void> {
  const node = connect(port)
  try {
    await untilWhole(node, count)
  } finally {
    node.disconnect()
  }
}

async function untilWhole(node: Redis, count: number): Promise<void> {
  for (;;) {
    const state = String(await node.call('CLUSTER', 'INFO').catch(() => ''))
    const isWhole = state.includes('cluster_state:ok')
    if (isWhole && state.includes(`cluster_known_nodes:${count}\r`)) return
    await sleep(pollMs)
  }
}

/** The slot of a key. */
export async function slotOf({ port }: ClusterServer, key: string): Promise<number> {
  const node = connect(port)
  try {
    return Number(await node.call('CLUSTER', 'KEYSLOT', key))
  } finally {
    node.disconnect()
  }
}

/**
 * Moves a slot with its keys to the next server, as an operator does, while clients go on.
 *
 * @param during called once, when some of its keys are here and some there
 * @returns the server that has it now
 */
export async function moveSlot(
  servers: readonly ClusterServer[],
  slot: number,
  during: () => Promise<void> = async () => {},
): Promise<ClusterServer> {
  const nodes = servers.map(({ port }) => connect(port))
  try {
    const ids = await Promise.all(
      nodes.map(async (node) => String(await node.call('CLUSTER', 'MYID'))),
    )
    const from = await ownerOf(nodes, ids, slot)
    const to = (from + 1) % nodes.length
    const [source, target] = [nodes[from]!, nodes[to]!]
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from]!)
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to]!)
    let isFirst = true
    for (;;) {
      const keys = await source.call('CLUSTER', 'GETKEYSINSLOT', slot, isFirst ? 2 : 100)
      if (!Array.isArray(keys) || keys.length === 0) break
      const { port } = servers[to]!
      await source.call('MIGRATE', '127.0.0.1', port, '', 0, 5_000, 'KEYS', ...keys.map(String))
      if (isFirst) await during()
      isFirst = false
    }
    // The new owner first: it raises its epoch, and the others hear of it too.
    await target.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to]!)
    await Promise.all(nodes.map((node) => node.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to]!)))
    return servers[to]!
  } finally {
    for (const node of nodes) node.disconnect()
  }
}

/** Which node says that a slot is its own; for a moment after a move none may, or two. */
async function ownerOf(
  nodes: readonly Redis[],
  ids: readonly string[],
  slot: number,
): Promise<number> {
  for (;;) {
    const views = await Promise.all(nodes.map((node) => node.call('CLUSTER', 'SLOTS')))
    const owners = views.flatMap((ranges, index) => {
      if (!Array.isArray(ranges)) return []
      const range = ranges.find(([from, to]) => from <= slot && slot <= to)
      return range?.[2]?.[2] === ids[index] ? [index] : []
    })
    if (owners.length === 1) return owners[0]!
    await sleep(pollMs)
  }
}

function connect(port: number): Redis {
  const node = new Redis({ host: '127.0.0.1', port, retryStrategy: () => pollMs })
  node.on('error', () => {})
  return node
}
