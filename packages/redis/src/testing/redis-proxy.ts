import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and Redis: a name that means one server now and another later. */
export interface RedisProxy {
  readonly url: string
  /** From now on the name means the server of this port, for new connections. */
  readonly pointTo: (port: number) => void
  /** Cuts all connections; new ones are taken. */
  readonly cut: () => void
  /** So many answers pass, and with the next one, which does not, all connections are cut. */
  readonly loseAnswer: (after: number) => void
  readonly close: () => Promise<void>
}

/** @param port of the server that it means first */
export async function startRedisProxy(port: number): Promise<RedisProxy> {
  const sockets = new Set<Socket>()
  let target = port
  let answersToPass = Infinity
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (data) => {
        if (from === upstream) answersToPass -= 1
        if (answersToPass >= 0) {
          to.write(data)
          return
        }
        answersToPass = Infinity
        cut()
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `redis://127.0.0.1:${address.port}`,
    pointTo: (other) => {
      target = other
    },
    cut,
    loseAnswer: (after) => {
      answersToPass = after
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
