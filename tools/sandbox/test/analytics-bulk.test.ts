import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { collecting, ecid, header, row, segment } from './analytics-caller.ts'
import { exchange } from './exchange.ts'

const events = '/aa/collect/v1/events'

test('the documented file is uploaded, found by its key, and applied', async () => {
  const { upload, key, control, membersOf } = await collecting()
  const answer = await upload([row(1_716_200_000, 'realized')], { key: 'k-1' })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    file_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    visitor_group_id: 'acme_1',
    size: expect.any(Number),
    received_date: expect.any(Number),
    rows: 1,
    invalid_rows: 0,
    upload_name: 'members.csv.gz',
    status: expect.any(String),
    status_code: 'UPLOADED',
    processing_log: 'Processing complete: 1 rows will be submitted. 0 rows were invalid.',
    idempotency_key: 'k-1',
  })
  const { file_id, size, received_date } = Object(answer.json())
  expect((await key('k-1')).json()).toEqual({
    file_id,
    size,
    received_date,
    rows: 1,
    idempotency_key: 'k-1',
  })
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual([`ECID:${ecid}`])
  await upload([row(1_716_203_600, 'exited')])
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual([])
})

test('an unknown key answers 404, and a file without a key is found by the one that it was given', async () => {
  const { upload, key } = await collecting()
  const missing = await key('nobody')
  expect([missing.status, missing.json()]).toEqual([404, { error: 'File not found' }])
  const { idempotency_key } = Object((await upload([row(1, 'realized')])).json())
  expect((await key(String(idempotency_key))).json()).toMatchObject({ rows: 1 })
})

test('a key that is used again answers as before and ingests nothing', async () => {
  const { upload, control, membersOf } = await collecting()
  const [first, second] = await Promise.all([
    upload([row(1_716_200_000, 'realized')], { key: 'once' }),
    upload([row(1_716_200_001, 'exited')], { key: 'once' }),
  ])
  expect(second.json()).toEqual(first.json())
  expect((await upload([row(1_716_200_002, 'exited')], { key: 'once' })).json()).toEqual(
    first.json(),
  )
  await control('POST', '/control/process')
  expect(await control('GET', '/control/idle')).toMatchObject({ idle: true })
  expect([[`ECID:${ecid}`], []]).toContainEqual(await membersOf(segment))
})

test('rows that lack something are named, beyond ten of a kind only counted, and the rest is taken', async () => {
  const { upload, control, membersOf } = await collecting()
  const lacking = row(1, 'realized').replace('aep-segment-sync/1.0', '')
  const answer = await upload([
    lacking,
    row(2, 'realized').replace(ecid, ''),
    `${row(2, 'realized')},more`,
    row(2, 'realized').replace('2,', '2.5,'),
    ...Array.from({ length: 11 }, () => row(3, 'realized').replace('examplersid', '')),
    row(4, 'realized'),
  ])
  expect(answer.json()).toMatchObject({
    status_code: 'UPLOADED',
    rows: 16,
    invalid_rows: 15,
    processing_log:
      "On row: 1, missing 'UserAgent'. This row will not be submitted. On row: 2, missing 'VisitorId'. This row will not be submitted. On row: 3, inconsistent column count. Expected 9 columns, but found 10. On row: 4, invalid 'Timestamp'. This row will not be submitted. 11 rows: missing 'ReportSuiteId'. Processing complete: 1 rows will be submitted. 15 rows were invalid.",
  })
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual([`ECID:${ecid}`])
})

test.each([
  [gzipSync(header), 'No hits were found in the file.', 0],
  [gzipSync(''), 'No hits were found in the file.', 0],
  [Buffer.from(header), 'No hits were found in the file.', 0],
  [gzipSync(`${header},EVAR10\n`), 'No valid rows were found in the file.', 0],
  [gzipSync(`${header},\n`), 'No valid rows were found in the file.', 0],
  [
    gzipSync(`${header.replace('timestamp', 'when')}\n${row(1, 'realized')}\n`),
    'No valid rows were found in the file.',
    1,
  ],
  [gzipSync(`${header}\n1,2\n`), 'No valid rows were found in the file.', 1],
])(
  'a file that is useless as a whole is REJECTED and leaves no key (%#)',
  async (file, error, rows) => {
    const { post, key, control } = await collecting()
    const answer = await post(events, file, { 'x-adobe-idempotency-key': 'k' })
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({
      status_code: 'REJECTED',
      rows,
      invalid_rows: rows,
      error,
    })
    expect((await key('k')).status).toBe(404)
    expect(await control('GET', '/control/idle')).toMatchObject({ idle: true })
  },
)

test.each([
  [{ 'x-adobe-vgid': '' }, 400, { error: "Request is missing required header 'x-adobe-vgid'" }],
  [{ 'content-type': 'text/csv' }, 400, { error: 'The request must be multipart/form-data' }],
  [
    { 'content-type': 'multipart/form-data; boundary=other' },
    400,
    { error: "Request is missing the part 'file' of the form" },
  ],
  [{ authorization: 'Bearer x' }, 401, { error: 'Invalid token (1)' }],
  [{ 'x-api-key': 'x' }, 401, { error: 'The API key is not valid' }],
])('headers %j answer %i', async (headers, status, body) => {
  const { post } = await collecting()
  const answer = await post(events, gzipSync(header), headers)
  expect([answer.status, answer.json()]).toEqual([status, body])
})

test('an undefined path answers 404, a token past its time 401', async () => {
  const { post, control } = await collecting({ frozenClock: true })
  expect((await post(`${events}/more`, gzipSync(header))).status).toBe(404)
  await control('POST', '/control/clock', { advanceMs: 86_400_000 })
  expect((await post(events, gzipSync(header))).status).toBe(401)
})

test('files over the packed or the plain limit answer 413', async () => {
  const { post } = await collecting({ analytics: { fileBytes: 300, plainBytes: 1000 } })
  const fits = gzipSync(`${header}\n${row(1, 'realized')}\n`)
  expect((await post(events, fits)).json()).toMatchObject({ status_code: 'UPLOADED' })
  const padded = gzipSync(`${header}\n${row(1, 'realized')}\n${'\n'.repeat(1000)}`)
  expect((await post(events, padded)).status).toBe(413)
  expect((await post(events, Buffer.alloc(301))).status).toBe(413)
  expect((await post(events, Buffer.alloc(100_000))).status).toBe(413)
})

test('the second ingest call within a second answers 429, look-ups do not count', async () => {
  const { post, key, control } = await collecting({
    frozenClock: true,
    analytics: { ingestCallsPerSecond: 1 },
  })
  const file = gzipSync(`${header}\n${row(1, 'realized')}\n`)
  expect((await post(events, file)).status).toBe(200)
  expect((await key('k')).status).toBe(404)
  const refused = await post(`${events}/validate`, file)
  expect([refused.status, refused.json()]).toEqual([
    429,
    { error_code: '429050', message: 'Too many requests' },
  ])
  await control('POST', '/control/clock', { advanceMs: 1000 })
  expect((await post(`${events}/validate`, file)).json()).toEqual({ success: 'File is valid' })
})

test('validation looks at the format, and keeps nothing', async () => {
  const { post, control } = await collecting()
  const validate = async (text: string): Promise<readonly unknown[]> => {
    const answer = await post(`${events}/validate`, gzipSync(text))
    return [answer.status, answer.json()]
  }
  const good = row(1, 'realized')
  expect(await validate(`${header}\n${good}\n${good},\n${good}\n1,"a"b\n`)).toEqual([
    400,
    { error: 'File has 2 rows that do not conform to the required CSV format! (Ex: row #2)' },
  ])
  expect(await validate(`${header.replace('timestamp', 'when')}\n${good}\n`)).toEqual([
    400,
    { error: 'CSV file missing required header timestamp.' },
  ])
  // A row without a value is of the right format.
  expect(await validate(`${header}\n${good.replace('aep-segment-sync/1.0', '')}\n`)).toEqual([
    200,
    { success: 'File is valid' },
  ])
  expect(await control('GET', '/control/idle')).toMatchObject({ idle: true })
})

test('columns go by any case, the query string fills what they leave open, and only one id is used', async () => {
  const { upload, control } = await collecting({ analytics: { mcSeedTypes: ['email'] } })
  await upload(
    [
      '1716200000,,m1,examplersid,a,,pe=lnk_o&pev2=x&v10=Q%26A&v11=exited&events=event11,realized',
      '2024-05-20T10:13:20Z,v1,m2,examplersid,a,,pageName=p&v10=Q%26A,realized',
      '1716200000,v2,m3,examplersid,a,e1,pageName=p&v10=Q%26A&cid.email.ismcseed=1,realized',
      '1716200000,,m4,"other,examplersid",a,,pageName=p&v10=Q%26A&events=event10,',
      '1716200000,,m5,other,a,,pageName=p&v10=Q%26A,realized',
      '1716200000,,m6,examplersid,a,,pageName=p&v10=Q%26A,""',
    ],
    {
      header:
        'TIMESTAMP,visitorid,marketingcloudvisitorid,REPORTSUITEID,useragent,customerID.email.id,queryString,EVAR11',
    },
  )
  await control('POST', '/control/process')
  expect(await control('GET', '/control/members')).toMatchObject({
    analytics: { 'Q&A': { members: ['ECID:m1', 'email:e1', 'visitorID:v1'] } },
  })
})

test('a list variable may hold several segments', async () => {
  const { upload, control } = await collecting({ analytics: { segmentVariable: 'list1' } })
  const rows = ['"a,b,c",event10', 'b,"event1:7,event11"', 'c,event1']
  await upload(
    rows.map((end, index) => `${1_716_200_000 + index},${ecid},examplersid,a,p,${end}`),
    { header: 'timestamp,marketingCloudVisitorID,reportSuiteID,userAgent,pageName,list1,events' },
  )
  await control('POST', '/control/process')
  expect(await control('GET', '/control/members')).toMatchObject({
    analytics: {
      a: { members: [`ECID:${ecid}`] },
      b: { segment: 'b', members: [] },
      c: { members: [`ECID:${ecid}`] },
    },
  })
})

function said(outcome: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${outcome}`
}

test('single events are taken as documented, and a failure is said in the body of a 200', async () => {
  const { ready, control, membersOf } = await collecting()
  const url = ready.analytics.collectUrl
  const post = async (body: string): Promise<string> =>
    (
      await exchange(url, '/b/ss//6', {
        method: 'POST',
        headers: { 'content-type': 'application/xml' },
        body,
      })
    ).text
  const sample = `<?xml version="1.0" encoding="UTF-8"?><request><scXmlVer>1.0</scXmlVer><reportSuiteID>examplersid</reportSuiteID>
<marketingCloudOrgId>5DC5123F5245B1D20A490D46@AdobeOrg</marketingCloudOrgId><marketingCloudVisitorId>${ecid}</marketingCloudVisitorId><timestamp>1716200000</timestamp><linkType>o</linkType><linkName>AEP segment sync</linkName>
<eVar10>${segment}</eVar10><eVar11>realized</eVar11><events>event10</events></request>`
  expect(await post(sample)).toBe(said('<status>SUCCESS</status>'))
  const failure = (reason: string): string =>
    said(`<status>FAILURE</status><reason>${reason}</reason>`)
  expect(await post(sample.replaceAll('reportSuiteID', 'suite'))).toBe(failure('NO account'))
  expect(await post(sample.replaceAll('linkName', 'x'))).toBe(failure('NO pagename OR pageurl'))
  expect(await post(sample.replaceAll('marketingCloudVisitorId', 'x'))).toBe(
    failure('NO visitorid OR ipaddress'),
  )
  expect(await post('<request><a></request>')).toBe(failure('Syntax Error'))
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual([`ECID:${ecid}`])
  const hit = `/b/ss/examplersid/0?mid=${ecid}&pe=lnk_o&pev2=x&v10=${segment}&v11=exited`
  expect(await exchange(url, hit)).toMatchObject({ status: 200, text: '' })
  await control('POST', '/control/process')
  expect(await membersOf(segment)).toEqual([])
})
