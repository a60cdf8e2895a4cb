import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A server of the example's wire contract, in the test's own process. A solution's real stand-in belongs into the sandbox. */
export interface ExampleServer {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  readonly lists: () => readonly HeldList[]
  readonly calls: () => { readonly all: number; readonly token: number }
  /** People in the largest call that changed members. */
  readonly largestWrite: () => number
  readonly expireTokens: () => void
  /** Every call that changes members is answered with this code from now on, or with the HTTP status; undefined: as it should be. */
  readonly answerWrites: (code: string | undefined) => void
  /** The next call that changes members takes effect and is never answered. */
  readonly hangNextWrite: () => void
  /** Deletes a list behind the adapter's back. */
  readonly deleteList: (key: string) => void
  readonly close: () => Promise<void>
}

interface HeldList {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly people: ReadonlySet<string>
}

/** Codes of whole calls, with their HTTP status. */
const statuses: Readonly<Record<string, number>> = {
  CALL_INVALID: 400,
  TOKEN_INVALID: 401,
  PERMISSION_MISSING: 403,
  LIST_UNKNOWN: 404,
  KEY_TAKEN: 409,
  TOO_MANY_PEOPLE: 413,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
}
const peopleInCall = 100
const longestName = 200

/** A call that ends with one of the codes. */
class Refused extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/**
 * Starts a server on a free port of the loopback.
 * @param options.knows whether somebody of this hash exists
 */
export async function exampleServer(options: {
  readonly clientSecret?: string
  readonly knows: (person: string) => boolean
}): Promise<ExampleServer> {
  const { clientSecret = 'a secret of the example', knows } = options
  const clientId = 'example-client'
  const lists = new Map<string, HeldList & { name: string; readonly people: Set<string> }>()
  let tokens = new Set<string>()
  let made = 0
  let all = 0
  let token = 0
  let largest = 0
  let planned: string | undefined
  let hangs = false

  const server = createServer((request, response) => {
    void serve(request, response)
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    all += 1
    try {
      const answer = route(request, await textOf(request))
      if (answer === 'hang') return
      send(response, answer === undefined ? 204 : 200, answer)
    } catch (error) {
      const code = error instanceof Refused ? error.code : 'INTERNAL_ERROR'
      const status = statuses[code] ?? Number(code)
      send(response, status, code in statuses ? { code, message: 'see the README' } : undefined)
    }
  }

  function route(request: IncomingMessage, body: string): object | 'hang' | undefined {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/ims/token/v3') return grant(new URLSearchParams(body))
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (!tokens.has(bearer)) throw new Refused('TOKEN_INVALID')
    const [, version, collection, id, members, verb] = pathname.split('/')
    if (version !== 'v1' || collection !== 'lists') throw new Refused('CALL_INVALID')
    const operation = [request.method, members, verb].filter(Boolean).join(' ')
    switch (operation) {
      case 'GET':
        return { lists: [...lists.values()].filter(({ key }) => key === searchParams.get('key')) }
      case 'POST':
        return make(objectIn(body))
      case 'PATCH':
        return Object.assign(listOf(id), { name: nameIn(objectIn(body)) })
      case 'DELETE':
        lists.delete(listOf(id).id)
        return undefined
      case 'POST members add':
      case 'POST members remove':
        return change(listOf(id).people, verb === 'add', objectIn(body)['people'])
      default:
        throw new Refused('CALL_INVALID')
    }
  }

  function grant(form: URLSearchParams): object {
    token += 1
    if (form.get('client_secret') !== clientSecret) throw new Refused('TOKEN_INVALID')
    const value = `token-${token}-of-the-example`
    tokens.add(value)
    return { access_token: value, expires_in: 3_600 }
  }

  function make(given: Readonly<Record<string, unknown>>): object {
    const { key } = given
    if (typeof key !== 'string' || key === '') throw new Refused('CALL_INVALID')
    if ([...lists.values()].some((one) => one.key === key)) throw new Refused('KEY_TAKEN')
    made += 1
    const list = { id: `${made}`, key, name: nameIn(given), people: new Set<string>() }
    lists.set(list.id, list)
    return list
  }

  function change(people: Set<string>, adds: boolean, given: unknown): object | 'hang' {
    if (!isTexts(given)) throw new Refused('CALL_INVALID')
    if (given.length > peopleInCall) throw new Refused('TOO_MANY_PEOPLE')
    const ofPerson = planned?.startsWith('PERSON_') === true
    if (planned !== undefined && !ofPerson) throw new Refused(planned)
    largest = Math.max(largest, given.length)
    const results = given.map((person) => {
      if (ofPerson && planned !== undefined) return planned
      if (!/^[0-9a-f]{64}$/.test(person)) return 'PERSON_INVALID'
      if (!knows(person)) return 'PERSON_UNKNOWN'
      if (adds) people.add(person)
      else people.delete(person)
      return 'OK'
    })
    if (!hangs) return { results }
    hangs = false
    return 'hang'
  }

  function listOf(id: string | undefined): HeldList & { readonly people: Set<string> } {
    const list = lists.get(id ?? '')
    if (list === undefined) throw new Refused('LIST_UNKNOWN')
    return list
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    clientId,
    clientSecret,
    lists: () => [...lists.values()],
    calls: () => ({ all, token }),
    largestWrite: () => largest,
    expireTokens: () => {
      tokens = new Set()
    },
    answerWrites: (code) => {
      planned = code
    },
    hangNextWrite: () => {
      hangs = true
    },
    deleteList: (key) => {
      for (const list of lists.values()) if (list.key === key) lists.delete(list.id)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>
  } catch {
    throw new Refused('CALL_INVALID')
  }
}

function nameIn({ name }: Readonly<Record<string, unknown>>): string {
  const fits = typeof name === 'string' && name.trim() !== '' && name.length <= longestName
  if (!fits) throw new Refused('CALL_INVALID')
  return name
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
