import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** A host whose address may not be connected to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'WEBHOOK_ADDRESS_REFUSED'
}

/** Which hosts webhooks may go to. */
export interface AllowedHosts {
  /**
   * Whether an address of a host may be connected to.
   * @param host as the URL has it, without brackets
   */
  readonly allows: (host: string, address: string) => boolean
  /** Looks hosts up as the system does, and answers only addresses that are allowed. */
  readonly lookup: LookupFunction
}

/**
 * Rules against webhooks that reach where their subscribers could not.
 *
 * - Link-local, metadata, unspecified, multicast and translated addresses are never allowed.
 * - Loopback and private addresses are allowed only where the list names their host; `*` names none.
 * - Everything else is allowed where the list names the host or holds `*`.
 *
 * @param listed host names, addresses, `*.domain`, or `*`
 */
export function allowedHosts(listed: readonly string[]): AllowedHosts {
  const patterns = listed.map((pattern) => pattern.toLowerCase())
  const isNamed = (host: string): boolean =>
    patterns.some((pattern) =>
      pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern,
    )
  const allows = (host: string, address: string): boolean => {
    const family = isIP(address)
    if (family === 0) return false
    const name = host.toLowerCase().replace(/\.$/, '')
    const type = family === 6 ? 'ipv6' : 'ipv4'
    if (never.check(address, type)) return false
    if (isNamed(name)) return true
    return patterns.includes('*') && !inside.check(address, type)
  }
  const lookup: LookupFunction = (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '')
        return
      }
      const [first, ...rest] = found.filter(({ address }) => allows(host, address))
      if (first === undefined) callback(new AddressRefused('no address of the host is allowed'), '')
      else if (options.all === true) callback(null, [first, ...rest] satisfies LookupAddress[])
      else callback(null, first.address, first.family)
    })
  }
  return { allows, lookup }
}

/** Addresses of this machine and of networks that are nobody else's. */
const inside = blocked([
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['192.0.0.0', 24],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
])

/** Addresses that no webhook has: those of a machine's own network services, and ways round the other list. */
const never = blocked([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  // Metadata services outside of the link-local range.
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['fd00:ec2::254', 128],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // IPv4 addresses inside of IPv6 ones: translated (NAT64), tunnelled (6to4, Teredo), and the old compatible form.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
])

function blocked(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of subnets) {
    list.addSubnet(net, prefix, net.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
