import { Cluster } from 'ioredis'

/**
 * ioredis' client of a cluster, for commands that fail with their connection.
 *
 * The original keeps commands as long as no node of the cluster can be reached: nobody would know whether to send them again.
 * That they fail at once is what a connection to one Redis does too (`openRedis`).
 */
export class FailingCluster extends Cluster {
  #wasReady = false

  override sendCommand(
    ...[command, stream, node]: Parameters<Cluster['sendCommand']>
  ): ReturnType<Cluster['sendCommand']> {
    if (this.status === 'ready') this.#wasReady = true
    // The client's own look at the cluster goes before it is ready.
    else if (this.#wasReady && command.name !== 'cluster') {
      command.reject(new Error('Connection is closed.'))
      return command.promise
    }
    return super.sendCommand(command, stream, node)
  }
}
