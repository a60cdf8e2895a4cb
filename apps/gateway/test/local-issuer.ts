import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'

/** An OpenID Connect issuer on this machine, with keys of its own. */
export interface LocalIssuer {
  readonly url: string
  /** Signs a token with the newest key, for audience `segue`, an hour long, unless told otherwise. */
  readonly sign: (
    claims?: JWTPayload,
    header?: Readonly<Record<string, unknown>>,
    without?: readonly string[],
  ) => Promise<string>
  /** Makes another key, and publishes that alone. */
  readonly rotate: () => Promise<void>
  readonly publicKey: () => JWK
  /** What it answers instead of its documents. */
  readonly answerWith: (status: number | undefined, body?: string) => void
  /** Look-ups of the keys so far. */
  readonly lookedUp: () => number
  readonly close: () => Promise<void>
}

export async function startLocalIssuer(): Promise<LocalIssuer> {
  let key: CryptoKey
  let published: JWK = {}
  let keys = 0
  let lookedUp = 0
  let instead: { readonly status: number; readonly body: string } | undefined
  const rotate = async (): Promise<void> => {
    const pair = await generateKeyPair('ES256')
    key = pair.privateKey
    keys += 1
    published = {
      ...(await exportJWK(pair.publicKey)),
      kid: `key-${keys}`,
      alg: 'ES256',
      use: 'sig',
    }
  }
  await rotate()
  const server = createServer((request, response) => {
    if (request.url === '/keys') lookedUp += 1
    const document =
      request.url === '/keys' ? { keys: [published] } : { issuer: url, jwks_uri: `${url}/keys` }
    response.statusCode = instead?.status ?? 200
    response.setHeader('content-type', 'application/json')
    response.end(instead?.body ?? JSON.stringify(document))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    sign: (claims = {}, header = {}, without = []) => {
      const now = Math.floor(Date.now() / 1_000)
      const usual = { iss: url, aud: 'segue', sub: 'subject-1', iat: now, exp: now + 3_600 }
      const wanted = Object.entries({ ...usual, ...claims })
      const given = wanted.filter(([name]) => !without.includes(name))
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader({ alg: 'ES256', kid: published.kid ?? '', ...header })
        .sign(key)
    },
    rotate,
    publicKey: () => published,
    answerWith: (status, body = '') => {
      instead = status === undefined ? undefined : { status, body }
    },
    lookedUp: () => lookedUp,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
