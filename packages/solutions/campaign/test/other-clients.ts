import type { SandboxProcess } from '@segue/solution-kit/testing'

interface Service {
  readonly href: string
  readonly name: string
  readonly label: string
  readonly description?: string
}

/** Calls Campaign Standard as another integration would. */
export function standardClient(sandbox: SandboxProcess): {
  readonly request: (method: string, path: string, body?: object) => Promise<unknown>
  readonly services: () => Promise<readonly Service[]>
  readonly serviceLabel: (segment: string) => Promise<string | undefined>
} {
  const { url, imsUrl, clientId, clientSecret } = sandbox.ready.campaign.standard

  let token: Promise<string> | undefined

  async function fetchToken(): Promise<string> {
    const granted = await fetch(`${imsUrl}/ims/token/v3`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: 'client_credentials',
        scope: 'openid,AdobeID',
      }),
    })
    const { access_token: bearer } = (await granted.json()) as { access_token: string }
    return bearer
  }

  /** @param path below the organization, or an address that Campaign returned */
  async function request(method: string, path: string, body?: object): Promise<unknown> {
    token ??= fetchToken()
    const response = await fetch(path.startsWith('http') ? path : `${url}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await token}`,
        'x-api-key': clientId,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async function services(): Promise<readonly Service[]> {
    const list = await request('GET', 'profileAndServices/service?_lineCount=1000')
    return (list as { content: Service[] }).content
  }

  return {
    request,
    services,
    serviceLabel: async (segment) =>
      (await services()).find(({ description }) => description === segment)?.label,
  }
}

/** Calls Campaign Classic as another integration would, with envelopes written by hand. */
export function classicClient(sandbox: SandboxProcess): {
  readonly call: (schema: string, method: string, parameters: string) => Promise<string>
  readonly groupLabel: (segment: string) => Promise<string | undefined>
} {
  const { url, login, password } = sandbox.ready.campaign.classic

  async function send(
    schema: string,
    method: string,
    parameters: string,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const response = await fetch(`${url}/nl/jsp/soaprouter.jsp`, {
      method: 'POST',
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        soapaction: `${schema}#${method}`,
        ...headers,
      },
      body:
        `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:${schema}"><soapenv:Header/>` +
        `<soapenv:Body><urn:${method}>${parameters}</urn:${method}></soapenv:Body></soapenv:Envelope>`,
    })
    const text = await response.text()
    if (text.includes('Fault')) throw new Error(text)
    return text
  }

  async function call(schema: string, method: string, parameters: string): Promise<string> {
    const session = await send(
      'xtk:session',
      'Logon',
      `<urn:sessiontoken></urn:sessiontoken><urn:strLogin>${login}</urn:strLogin>` +
        `<urn:strPassword>${password}</urn:strPassword><urn:elemParameters></urn:elemParameters>`,
    )
    const token = (name: string) => new RegExp(`<${name}[^>]*>([^<]+)<`).exec(session)?.[1] ?? ''
    return send(schema, method, parameters, {
      'x-security-token': token('pstrSecurityToken'),
      cookie: `__sessiontoken=${token('pstrSessionToken')}`,
    })
  }

  async function groupLabel(segment: string): Promise<string | undefined> {
    const answer = await call(
      'xtk:queryDef',
      'ExecuteQuery',
      '<urn:sessiontoken/><urn:entity><queryDef operation="select" schema="nms:group" lineCount="5">' +
        `<select><node expr="@label"/></select><where><condition expr="@desc = '${segment}'"/></where>` +
        '</queryDef></urn:entity>',
    )
    return /label="([^"]*)"/.exec(answer)?.[1]
  }

  return { call, groupLabel }
}
