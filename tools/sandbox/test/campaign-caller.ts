import { exchange, type Exchanged } from './exchange.ts'
import { form, json, started, type Started, textAt } from './started.ts'

/** A sandbox with short ways to call its two Campaign instances. */
export interface Campaign extends Started {
  /** Campaign Standard with a live token; a target is a path under its `url`, or a whole href. */
  readonly standard: (method: string, target: string, body?: unknown) => Promise<Exchanged>
  readonly token: () => Promise<string>
  /** A SOAP call with a session of its own; `parameters` are what follows the session token. */
  readonly soap: (action: string, parameters: string) => Promise<Exchanged>
  /** Tokens of a Logon. */
  readonly logon: () => Promise<Tokens>
  readonly seed: (...people: readonly Readonly<Record<string, string>>[]) => Promise<unknown>
  readonly members: () => Promise<unknown>
}

export interface Tokens {
  readonly session: string
  readonly security: string
}

export async function campaignStarted(
  settings: Readonly<Record<string, unknown>> = {},
  stateFile?: string,
): Promise<Campaign> {
  const sandbox = await started(settings, stateFile)
  const { standard, classic } = sandbox.ready.campaign

  const token = async (): Promise<string> => {
    const answer = await exchange(standard.imsUrl, '/ims/token/v3', {
      method: 'POST',
      headers: form,
      body: `client_id=${standard.clientId}&client_secret=${standard.clientSecret}&grant_type=client_credentials&scope=openid,AdobeID`,
    })
    return textAt(answer.json(), 'access_token')
  }
  const logon = async (): Promise<Tokens> => {
    const { text } = await postSoap(
      classic.url,
      'xtk:session#Logon',
      `<strLogin>${classic.login}</strLogin><strPassword>${classic.password}</strPassword><elemParameters/>`,
    )
    return {
      session: inside(text, 'pstrSessionToken'),
      security: inside(text, 'pstrSecurityToken'),
    }
  }
  return {
    ...sandbox,
    token,
    logon,
    standard: async (method, target, body) => {
      const { origin, pathname } = new URL(standard.url)
      const path = target.startsWith('http')
        ? target.slice(new URL(target).origin.length)
        : pathname + target
      return exchange(origin, path, {
        method,
        headers: {
          ...json,
          authorization: `Bearer ${await token()}`,
          'x-api-key': standard.clientId,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    },
    soap: async (action, parameters) => postSoap(classic.url, action, parameters, await logon()),
    seed: (...people) => sandbox.control('POST', '/control/seed', { campaign: people }),
    members: async () => {
      const all = await sandbox.control('GET', '/control/members')
      return Object(all)['campaign']
    },
  }
}

/** A call with the tokens where the documentation shows them: cookie and header. */
export function postSoap(
  url: string,
  action: string,
  parameters: string,
  tokens?: Partial<Tokens>,
): Promise<Exchanged> {
  const [service = '', method = ''] = action.split('#')
  return postEnvelope(
    url,
    action,
    `<?xml version='1.0' encoding='UTF-8'?><SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>` +
      `<${method} xmlns='urn:${service}'><__sessiontoken/>${parameters}</${method}></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
    tokens,
  )
}

/** An envelope as it is written. */
export function postEnvelope(
  url: string,
  action: string,
  envelope: string | Buffer,
  { session, security }: Partial<Tokens> = {},
): Promise<Exchanged> {
  return exchange(url, '/nl/jsp/soaprouter.jsp', {
    method: 'POST',
    headers: {
      'content-type': Buffer.isBuffer(envelope) ? 'text/xml' : 'text/xml; charset=utf-8',
      soapaction: action,
      ...(session === undefined ? {} : { cookie: `__sessiontoken=${session}` }),
      ...(security === undefined ? {} : { 'x-security-token': security }),
    },
    body: envelope,
  })
}

/** The text of the first element of a name. */
export function inside(text: string, name: string): string {
  return new RegExp(`<${name}[^>]*>([^]*?)</${name}>`).exec(text)?.[1] ?? ''
}

/** A query's parameter. */
export function entity(queryDef: string): string {
  return `<entity>${queryDef}</entity>`
}

/** A document to write. */
export function domDoc(document: string): string {
  return `<domDoc>${document}</domDoc>`
}
