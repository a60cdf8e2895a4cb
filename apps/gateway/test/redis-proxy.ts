import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** Stands between a gateway and Redis, and takes Redis away in different ways. */
export interface RedisProxy {
  readonly url: string
  /** Connections are cut and refused, as where Redis is down. */
  readonly cut: () => Promise<void>
  /** Connections stay, nothing passes, as where Redis hangs. */
  readonly freeze: () => void
  /** All is as it was. */
  readonly restore: () => Promise<void>
  readonly close: () => Promise<void>
}

/** @param target URL of Redis; the proxy's URL has the same database */
export async function startRedisProxy(target: string): Promise<RedisProxy> {
  const { hostname, port, pathname } = new URL(target)
  const sockets = new Set<Socket>()
  let frozen = false
  const serve = (client: Socket): void => {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      if (frozen) from.pause()
      from.on('data', (data) => to.write(data))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }
  const listen = (at: number): Promise<Server> =>
    new Promise((resolve) => {
      const listening = createServer(serve)
      listening.listen(at, '127.0.0.1', () => resolve(listening))
    })
  let server = await listen(0)
  const { port: own } = server.address() as AddressInfo
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: `redis://127.0.0.1:${own}${pathname}`,
    cut,
    freeze: () => {
      frozen = true
      for (const socket of sockets) socket.pause()
    },
    restore: async () => {
      frozen = false
      for (const socket of sockets) socket.resume()
      if (!server.listening) server = await listen(own)
    },
    close: cut,
  }
}
