import analytics, { type AnalyticsCoreAPI } from '@adobe/aio-lib-analytics'
import { expect, test } from 'vitest'
import { collecting, type Collecting, row, segment } from './analytics-caller.ts'
import { exchange } from './exchange.ts'
import { at, textAt } from './started.ts'

const importPath = '/classifications/job/import/json/6449b63563c1e069c6159415'

/** The body of the reference (reference §2.3). */
function importing(data: readonly object[], overwrite = true): object {
  return {
    dataFormat: 'json',
    encoding: 'UTF8',
    jobName: 'names',
    keyOptions: { byte_length: 0, type: 'string', overwrite },
    data,
  }
}

/** A row that names the segment. */
function named(name: string): object {
  return { key: segment, data: { 'Segment Name': name, Description: 'd' } }
}

async function nameOf({ control }: Collecting): Promise<unknown> {
  await control('POST', '/control/process')
  return at(await control('GET', '/control/members'), 'analytics', segment, 'name')
}

test('a segment is named, renamed where the import overwrites, emptied and forgotten', async () => {
  const sandbox = await collecting()
  const { api, control } = sandbox
  const answer = await api('POST', importPath, importing([named('Loyal buyers')]))
  expect(answer.json()).toEqual({
    import_job_id: expect.any(String),
    api_job_id: expect.any(String),
  })
  expect(await nameOf(sandbox)).toBe('Loyal buyers')
  const job = `/classifications/job/${textAt(answer.json(), 'import_job_id')}`
  expect((await api('GET', job)).json()).toMatchObject({
    state: 'completed',
    totalLines: 1,
    noeffectLines: 0,
    type: 'import',
    name: 'names',
    history: [{ jobState: 'created' }, { jobState: 'queued' }, { jobState: 'completed' }],
  })
  await api('POST', importPath, importing([named('Ünique')], false))
  expect(await nameOf(sandbox)).toBe('Loyal buyers')
  await api('POST', importPath, importing([named('Frequent buyers')]))
  expect(await nameOf(sandbox)).toBe('Frequent buyers')
  const empty = { key: segment, action: 'delete-field', data: { 'Segment Name': '' } }
  await api('POST', importPath, importing([empty]))
  expect(await nameOf(sandbox)).toBe('~empty~')
  await api('POST', importPath, importing([{ key: segment, action: 'delete-key' }]))
  expect(await nameOf(sandbox)).toBeUndefined()
  expect(at(await control('GET', '/control/members'), 'analytics')).toEqual({})
})

test('an import waits for its lag, and one with a column that the dataset has not fails as a job', async () => {
  const sandbox = await collecting({ frozenClock: true, analytics: { importLagMs: 60_000 } })
  const { api, control } = sandbox
  const stray = { key: segment, data: { Segment: 'x' } }
  const job = textAt((await api('POST', importPath, importing([stray]))).json(), 'import_job_id')
  expect((await api('GET', `/classifications/job/${job}`)).json()).toMatchObject({
    state: 'queued',
  })
  expect(await control('GET', '/control/idle')).toMatchObject({ pending: { analytics: 1 } })
  expect(await nameOf(sandbox)).toBeUndefined()
  expect((await api('GET', `/classifications/job/${job}`)).json()).toMatchObject({
    state: 'failed_validation',
  })
})

test.each([
  ['/classifications/job/import/json/other', importing([{ key: 'a' }]), 404],
  ['/classifications/job/nobody', undefined, 404],
  [importPath, importing([]), 400],
  [importPath, importing([{ data: {} }]), 400],
  [importPath, importing([{ key: 'a', action: 'drop' }]), 400],
  [importPath, importing([{ key: 'a', data: { 'Segment Name': 1 } }]), 400],
  [importPath, { data: [{ key: 'a' }] }, 400],
  [importPath, [], 400],
  ['/nothing', undefined, 404],
])('%s with %j answers %i and says why', async (path, body, status) => {
  const { api } = await collecting()
  const answer = await api(body === undefined ? 'GET' : 'POST', path, body)
  expect(answer.status).toBe(status)
  expect(Object.keys(Object(answer.json()))).toEqual(
    path === '/nothing' ? ['error_code', 'message'] : ['errorCode', 'errorDescription', 'errorId'],
  )
})

test('the gateway asks for token, key and company, and refuses the thirteenth call within six seconds', async () => {
  const { ready, token, api, control } = await collecting({
    frozenClock: true,
    analytics: { callsPerWindow: 12 },
  })
  const { apiUrl, clientId } = ready.analytics
  const authorization = `Bearer ${await token()}`
  const code = async (path: string, headers: Record<string, string>): Promise<unknown> =>
    at((await exchange(apiUrl, path, { headers })).json(), 'error_code')
  expect(await code('/api/acme0/segments', {})).toBe('403010')
  expect(await code('/api/acme0/segments', { authorization })).toBe('403000')
  expect(await code('/api/acme0/segments', { authorization, 'x-api-key': 'x' })).toBe('403003')
  const bad = { authorization: 'Bearer x', 'x-api-key': clientId }
  expect(await code('/api/acme0/segments', bad)).toBe('401013')
  expect(await code('/api/other/segments', { authorization, 'x-api-key': clientId })).toBe('403023')
  for (let call = 0; call < 12; call += 1) expect((await api('GET', '/segments')).status).toBe(200)
  const refused = await api('GET', '/segments')
  expect([refused.status, refused.json()]).toEqual([
    429,
    { error_code: '429050', message: 'Too many requests' },
  ])
  await control('POST', '/control/clock', { advanceMs: 6000 })
  expect((await api('GET', '/segments')).status).toBe(200)
})

test('an import over its limit answers 413', async () => {
  const { api } = await collecting({ analytics: { importBytes: 1000 } })
  expect((await api('POST', importPath, importing([named('x')]))).status).toBe(200)
  expect((await api('POST', importPath, importing([named('x'.repeat(1000))]))).status).toBe(413)
})

test('segment components are created, changed and deleted', async () => {
  const { api } = await collecting()
  const body = { name: 'Loyal', rsid: 'examplersid', definition: { func: 'segment' } }
  const id = textAt((await api('POST', '/segments', body)).json(), 'id')
  expect((await api('PUT', `/segments/${id}`, { name: 'Ünique' })).status).toBe(200)
  expect(Buffer.from((await api('GET', `/segments/${id}`)).text, 'latin1').toString()).toContain(
    '"name":"Ünique"',
  )
  expect((await api('POST', '/segments', { ...body, rsid: '' })).status).toBe(400)
  expect((await api('DELETE', `/segments/${id}`)).json()).toEqual({ result: 'success' })
  for (const method of ['GET', 'DELETE']) {
    expect((await api(method, `/segments/${id}`)).status).toBe(404)
  }
  expect((await api('PUT', `/segments/${id}`, body)).status).toBe(404)
})

test("Adobe's own library lists segment components and reads the report of the segment variable", async () => {
  const { ready, token, api, upload, control } = await collecting()
  const { companyId, clientId, apiUrl } = ready.analytics
  const library = pointed(await analytics.init(companyId, clientId, await token()), apiUrl)
  const body = { name: 'Loyal', rsid: 'examplersid', definition: { func: 'segment' } }
  await api('POST', '/segments', body)
  expect(await library.getSegments({ limit: 5, page: 0 })).toMatchObject({
    body: { content: [body], totalElements: 1 },
  })
  await upload([row(1, 'realized'), row(2, 'realized', '2'), row(3, 'exited', '2')])
  await control('POST', '/control/process')
  const report = (dimension: string): Promise<unknown> =>
    library.getReport({
      rsid: 'examplersid',
      globalFilters: [{ type: 'dateRange', dateRange: '2024-01-01/2024-12-31' }],
      metricContainer: {
        metrics: ['event10', 'event11', 'occurrences', 'visitors'].map((id, index) => ({
          columnId: String(index),
          id: `metrics/${id}`,
        })),
      },
      dimension,
    })
  expect(await report('variables/evar10')).toMatchObject({
    body: { rows: [{ value: segment, data: [2, 1, 3, 2] }], summaryData: { totals: [2, 1, 3, 2] } },
  })
  expect(await report('variables/evar10.segment-name')).toMatchObject({
    body: { rows: [{ itemId: segment, value: 'Unspecified' }] },
  })
  await expect(report('variables/evar1')).rejects.toThrow('400')
})

/** The library has its host written into its description of the API; only where its requests end up is changed. */
function pointed(library: AnalyticsCoreAPI, apiUrl: string): AnalyticsCoreAPI {
  library.sdk.userFetch = (url: string, init: RequestInit) =>
    fetch(url.replace('https://analytics.adobe.io', apiUrl), init)
  return library
}
