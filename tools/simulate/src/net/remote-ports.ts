import type { Dataflows, Ownership, Ports } from '@segue/runtime'
import type { Chance } from '../time/chance.ts'
import type { Time } from '../time/time.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'

/** What every process of a simulation reaches the store through. */
export interface Link {
  readonly time: Time
  readonly network: Network
  readonly chance: Chance
}

/** Longest that a message about a change travels: nobody waits for it. */
const messageMs = 300

/** The store's ports as a process on this host has them: over the network, with the host's own view of time. */
export function remotePorts(link: Link, host: Host, store: Ports): Ports {
  const { network } = link
  const remote = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get: (target, method) => {
        const found: unknown = Reflect.get(target, method)
        if (typeof found !== 'function') return found
        const what = `${name}.${String(method)}`
        return (...given: unknown[]) =>
          network.call<unknown>(host, what, () => Reflect.apply(found, target, given))
      },
    })
  const ownership = remote('ownership', store.ownership)
  const dataflows = remote('dataflows', store.dataflows)
  const watched = <Port extends Dataflows | Ownership>(port: Port): Port['watch'] => {
    const { watch } = port
    return (changed) => watchOver(link, host, watch, changed)
  }
  return {
    ...store,
    log: remote('log', store.log),
    store: remote('store', store.store),
    ownership: {
      ...spread(ownership),
      // As the ports over Redis do it.
      renew: (presence = { state: 'live' }) =>
        host.clock.ask(
          () => ownership.renew({ skewMs: host.clock.skewMs(), ...presence }),
          ({ storeMs }) => storeMs,
        ),
      watch: watched(store.ownership),
    },
    outbox: remote('outbox', store.outbox),
    ledger: remote('ledger', store.ledger),
    runs: remote('runs', store.runs),
    dataflows: { ...spread(dataflows), watch: watched(store.dataflows) },
    counterparts: remote('counterparts', store.counterparts),
    records: remote('records', store.records),
    windows: remote('windows', store.windows),
    backfills: remote('backfills', store.backfills),
    backlogs: remote('backlogs', store.backlogs),
    interruptions: {
      watch: (interrupted) => {
        const again = (whom: Host | undefined): void => {
          if (whom === undefined || whom === host) host.reach(interrupted)
        }
        network.reconnected.add(again)
        return () => network.reconnected.delete(again)
      },
    },
    erasures: Object.assign(spread(remote('erasures', store.erasures)), {
      everything: store.erasures.everything,
    }),
    clock: host.clock,
    random: link.chance.apart(host.name),
  }
}

/** The port’s own methods as fields: a proxy has them only when they are asked for. */
function spread<Port extends object>(port: Port): Port {
  const fields = { ...port }
  for (const name of Object.keys(port)) {
    Object.defineProperty(fields, name, { value: Reflect.get(port, name), enumerable: true })
  }
  return fields
}

/**
 * Messages about changes: they come a little later. None is lost while the connection stands; what was told while it did not is
 * made up for by one more when it stands again, as the engine’s own subscription does it.
 */
async function watchOver(
  { time, network, chance }: Link,
  host: Host,
  watch: Dataflows['watch'],
  changed: () => void,
): Promise<() => Promise<void>> {
  let isEnded = false
  const tell = (): void => {
    time.after(chance.skewed(0.1, messageMs), () =>
      host.reach(() => {
        if (!isEnded) changed()
      }),
    )
  }
  const again = (whom: Host | undefined): void => {
    if (whom === undefined || whom === host) tell()
  }
  network.reconnected.add(again)
  const unwatch = await watch(tell)
  return async () => {
    isEnded = true
    network.reconnected.delete(again)
    await unwatch()
  }
}
