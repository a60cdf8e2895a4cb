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

export interface TestClusterOptions {
  /** Clients may come by TLS, and are then told of the ports for it. */
  readonly isTls?: boolean
  /** Of each server, beside what makes it one of a cluster. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-test-cluster-'))
  const servers: ClusterServer[] = []
  const running: TestServer[] = []
  let port = 0
  for (let index = 0; index < 3; index += 1) {
    const server = { port: await freePort(), busPort: await freePort() }
    const tlsPort = options.isTls === true ? await freePort() : undefined
    if (index === 0) port = tlsPort ?? server.port
    const settings = {
      port: server.port,
      'cluster-port': server.busPort,
      'cluster-enabled': 'yes',
      'cluster-config-file': join(dir, `${server.port}.conf`),
      dir,
      ...(tlsPort === undefined ? {} : { 'tls-port': tlsPort, 'tls-cluster': 'yes' }),
      ...options.settings,
    }
    const own = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    running.push(await startServer(own))
    servers.push(server)
  }
  await formCluster(servers)
  return {
    url: `redis://127.0.0.1:${port}`,
    servers,
    stop: async () => {
      await Promise.all(running.map((server) => server.kill()))
      await rm(dir, { recursive: true, force: true })
    },
  }
}
