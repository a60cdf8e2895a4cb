import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { allowedHosts } from './allowed-addresses.ts'

const [open, named] = [allowedHosts(['*']), allowedHosts(['hooks.inside', '*.corp', '127.0.0.1'])]

test.each(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::ffff:93.184.215.14'])(
  '%s is allowed, unless hosts are listed and this one is not',
  (address) => {
    expect(open.allows('hooks.example', address)).toBe(true)
    expect(named.allows('hooks.example', address)).toBe(false)
    expect(named.allows('hooks.inside', address)).toBe(true)
  },
)

test.each([
  '127.0.0.1',
  '127.8.9.10',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd12:3456::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
])('%s is allowed only where its host is named', (address) => {
  expect(open.allows('hooks.inside', address)).toBe(false)
  expect(named.allows('hooks.inside', address)).toBe(true)
  expect(named.allows('HOOKS.inside.', address)).toBe(true)
  expect(named.allows('a.corp', address)).toBe(true)
  expect(named.allows('corp', address)).toBe(false)
  expect(named.allows('xcorp', address)).toBe(false)
  expect(named.allows('hooks.inside.evil.example', address)).toBe(false)
})

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '0.0.0.0',
  '100.100.100.200',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'ff02::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'not-an-address',
  '',
])('%s is never allowed, whatever is named', (address) => {
  expect(open.allows('hooks.inside', address)).toBe(false)
  expect(named.allows('hooks.inside', address)).toBe(false)
  expect(allowedHosts([address]).allows(address, address)).toBe(false)
})

test('a name that leads to addresses that are not allowed leads nowhere', async () => {
  const look = (hosts: typeof open, all: boolean): Promise<unknown> =>
    new Promise((resolve) => {
      hosts.lookup('localhost', { all }, (error, address: string | LookupAddress[]) => {
        resolve(error?.code ?? address)
      })
    })
  expect(await look(open, true)).toBe('WEBHOOK_ADDRESS_REFUSED')
  expect(await look(open, false)).toBe('WEBHOOK_ADDRESS_REFUSED')
  const here = allowedHosts(['localhost'])
  expect(await look(here, false)).toMatch(/^(127\.0\.0\.1|::1)$/)
  expect(await look(here, true)).toContainEqual(
    expect.objectContaining({ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) }),
  )
})
