import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate, type SelfsignedOptions } from 'selfsigned'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isCluster, openRedis, type RedisTls } from '../src/index.ts'
import { startCluster, type TestCluster } from './start-cluster.ts'

/** What the servers' certificate is made out to: none of their addresses. */
const serverName = 'redis.segue.test'
let dir: string
let cluster: TestCluster
let url: string
const file = (name: string): string => join(dir, name)

/** Generates a key and its certificate, and writes both. */
async function makeCertificate(
  name: string,
  options: SelfsignedOptions,
): Promise<{ readonly key: string; readonly cert: string }> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...options,
  })
  await writeFile(file(`${name}.key`), made.private)
  await writeFile(file(`${name}.crt`), made.cert)
  return { key: made.private, cert: made.cert }
}

/** Makes an authority, and a certificate of a server and one of a client by it. */
async function makeCertificates(): Promise<void> {
  const asAuthority: SelfsignedOptions = {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  }
  const ca = await makeCertificate('ca', asAuthority)
  await makeCertificate('other-ca', asAuthority)
  await makeCertificate('server', {
    ca,
    extensions: [
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: serverName }] },
    ],
  })
  await makeCertificate('client', { ca, extensions: [{ name: 'extKeyUsage', clientAuth: true }] })
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'segue-test-tls-'))
  await makeCertificates()
  cluster = await startCluster({
    isTls: true,
    settings: {
      'tls-cert-file': file('server.crt'),
      'tls-key-file': file('server.key'),
      'tls-ca-cert-file': file('ca.crt'),
      'tls-auth-clients': 'yes',
    },
  })
  url = cluster.url.replace('redis:', 'rediss:')
})
afterAll(async () => {
  await cluster.stop()
  await rm(dir, { recursive: true, force: true })
})

/** Opens it. @returns whether it answered, or the first thing that was told */
async function attempt(tls: RedisTls): Promise<string> {
  const told = Promise.withResolvers<string>()
  const opening = openRedis({
    url,
    tls,
    clientName: 'test',
    warn: (message) => {
      if (!message.includes('append-only')) told.resolve(message)
    },
  })
  const opened = opening.then(async (redis) => {
    expect(isCluster(redis)).toBe(true)
    for (const name of ['a', 'b', 'c', 'd']) await redis.set(`{segue:${name}}:x`, name)
    redis.disconnect()
    return 'opened'
  })
  return Promise.race([opened, told.promise])
}

test('a cluster over TLS, whose nodes give addresses and want a client’s certificate', async () => {
  const tls = {
    caFile: file('ca.crt'),
    certFile: file('client.crt'),
    keyFile: file('client.key'),
    serverName,
  }
  expect(await attempt(tls)).toBe('opened')
})

test('a server whose authority nobody named is not believed: that is told, with what to do', async () => {
  const own = { certFile: file('client.crt'), keyFile: file('client.key'), serverName }
  for (const tls of [own, { ...own, caFile: file('other-ca.crt') }]) {
    const told = await attempt(tls)
    expect(told).toContain('name its authority in REDIS_TLS_CA_FILE')
    expect(told).toContain(`Redis at ${url} is not usable`)
  }
})

test('a certificate that is made out to another name is not believed', async () => {
  const tls = {
    caFile: file('ca.crt'),
    certFile: file('client.crt'),
    keyFile: file('client.key'),
  }
  const told = await attempt(tls)
  expect(told).toContain('REDIS_TLS_SERVER_NAME')
})

test('files that cannot be read, or that a plain connection would not use, are refused', async () => {
  await expect(attempt({ caFile: file('none.crt') })).rejects.toThrow(
    'REDIS_TLS_INVALID: REDIS_TLS_CA_FILE cannot be read (ENOENT)',
  )
  await expect(attempt({ certFile: file('client.crt') })).rejects.toThrow(
    'REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE go together',
  )
  const tls = { caFile: file('ca.crt') }
  await expect(
    openRedis({ url: cluster.url, tls, clientName: 'test', warn: () => {} }),
  ).rejects.toThrow('REDIS_TLS_CA_FILE is set, but REDIS_URL asks for a plain connection')
})
