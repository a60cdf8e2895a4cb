import { gzipSync } from 'node:zlib'
import { exchange, type Exchanged } from './exchange.ts'
import { at, form, started, type Started, textAt } from './started.ts'

/** A sandbox, and the calls that a sender of hits makes. */
export interface Collecting extends Started {
  /** Uploads rows under a header; `group` is the visitor group. */
  readonly upload: (
    rows: readonly string[],
    options?: { group?: string; key?: string; header?: string },
  ) => Promise<Exchanged>
  /** Posts a form with a file to a path of the collection host. */
  readonly post: (
    path: string,
    file: Buffer,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Exchanged>
  readonly key: (key: string) => Promise<Exchanged>
  /** A call of the 2.0 API, under the company; a body is sent as JSON. */
  readonly api: (method: string, path: string, body?: unknown) => Promise<Exchanged>
  /** Members of a segment, as the control server tells them. */
  readonly membersOf: (segment: string) => Promise<unknown>
  readonly token: () => Promise<string>
}

/** The reference's own header (reference §2.2). */
export const header =
  'timestamp,marketingCloudVisitorID,reportSuiteID,userAgent,linkType,linkName,eVar10,eVar11,events'
export const ecid = '08382830887934830189014177072406221371'
export const segment = '7841ba61-23c1-4bb3-a495-00d3g5fe1e93'

/** A row of that header. */
export function row(
  timestampS: number,
  transition: 'realized' | 'exited',
  who: string = ecid,
): string {
  const event = transition === 'realized' ? 'event10' : 'event11'
  return `${timestampS},${who},examplersid,aep-segment-sync/1.0,o,AEP segment sync,${segment},${transition},${event}`
}

export async function collecting(settings: object = {}, stateFile?: string): Promise<Collecting> {
  const sandbox = await started({ preset: 'loose', ...settings }, stateFile)
  const { analytics } = sandbox.ready
  let held: string | undefined
  const token = async (): Promise<string> => {
    const answer = await exchange(analytics.imsUrl, '/ims/token/v3', {
      method: 'POST',
      headers: form,
      body: `client_id=${analytics.clientId}&client_secret=${analytics.clientSecret}&grant_type=client_credentials&scope=openid,AdobeID`,
    })
    return textAt(answer.json(), 'access_token')
  }
  const authorized = async (): Promise<Record<string, string>> => ({
    authorization: `Bearer ${(held ??= await token())}`,
    'x-api-key': analytics.clientId,
  })
  const post = async (
    path: string,
    file: Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Exchanged> => {
    const boundary = 'a-boundary-of-the-test'
    const before = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="members.csv.gz"\r\nContent-Type: application/gzip\r\n\r\n`
    return exchange(analytics.collectUrl, path, {
      method: 'POST',
      headers: {
        ...(await authorized()),
        'x-adobe-vgid': 'acme_1',
        'content-type': `multipart/form-data; boundary=${boundary}`,
        ...headers,
      },
      body: Buffer.concat([Buffer.from(before), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    })
  }
  return {
    ...sandbox,
    token,
    post,
    upload: (rows, options = {}) =>
      post('/aa/collect/v1/events', gzipSync([options.header ?? header, ...rows, ''].join('\n')), {
        ...(options.group === undefined ? {} : { 'x-adobe-vgid': options.group }),
        ...(options.key === undefined ? {} : { 'x-adobe-idempotency-key': options.key }),
      }),
    key: async (key) =>
      exchange(analytics.collectUrl, `/aa/collect/v1/events/key/${key}`, {
        headers: await authorized(),
      }),
    api: async (method, path, body) =>
      exchange(analytics.apiUrl, `/api/${analytics.companyId}${path}`, {
        method,
        headers: { ...(await authorized()), 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    membersOf: async (id) =>
      at(await sandbox.control('GET', '/control/members'), 'analytics', id, 'members'),
  }
}
