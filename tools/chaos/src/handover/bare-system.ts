import { prepareParts, type Parts } from '@segue/dev'
import { gatewayPlace, processorPlace, type GatewayPlace, type Place } from '../system/places.ts'

/** A gateway and processors on a Redis of their own, without solutions: what is measured is stepping. */
export interface BareSystem {
  readonly parts: Parts
  readonly gateway: GatewayPlace
  /** A place for one more processor. */
  readonly place: (name: string) => Place
}

export const partitionCount = 16

/** @param roles of the processors; default all */
export async function startBareSystem(
  write: (line: string) => void,
  roles?: string,
): Promise<BareSystem> {
  const parts = await prepareParts({
    partitionCount,
    processorSettings: {
      SEGUE_LOG_LEVEL: 'info',
      ...(roles === undefined ? {} : { SEGUE_ROLES: roles }),
    },
    write,
  })
  const events = {
    startedAgain: (name: string, reason: string) => write(`${name} is started again: ${reason}`),
    died: (name: string) => write(`${name} ended`),
  }
  const gateway = gatewayPlace(parts, 'gateway', events)
  try {
    await gateway.start()
  } catch (error) {
    await parts.stop()
    throw error
  }
  return { parts, gateway, place: (name) => processorPlace(parts, name, events) }
}
