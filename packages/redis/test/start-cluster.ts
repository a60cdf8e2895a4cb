import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formCluster, type ClusterServer } from '../src/testing/cluster.ts'
import { freePort, startServer, type TestServer } from './start-server.ts'

/** A real cluster of three masters. */
export interface TestCluster {
  /** Of one node: the others are found. */
  readonly url: string
  readonly servers: readonly ClusterServer[]
  readonly stop: () => Promise<void>
}

/** @param settings of each server beside what makes it one of a cluster */
export async function startCluster(settings: readonly string[] = []): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-test-cluster-'))
  const servers: ClusterServer[] = []
  const running: TestServer[] = []
  for (let index = 0; index < 3; index += 1) {
    const server = { port: await freePort(), busPort: await freePort() }
    const own = ['--port', server.port, '--cluster-port', server.busPort].map(String)
    const name = join(dir, `${server.port}.conf`)
    const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', name]
    running.push(await startServer([...own, ...cluster, '--dir', dir, ...settings]))
    servers.push(server)
  }
  await formCluster(servers)
  return {
    url: `redis://127.0.0.1:${servers[0]!.port}`,
    servers,
    stop: async () => {
      await Promise.all(running.map((server) => server.kill()))
      await rm(dir, { recursive: true, force: true })
    },
  }
}
