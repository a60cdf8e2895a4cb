import { expect, test } from 'vitest'
import { campaignStarted, entity, inside, postEnvelope, postSoap } from './campaign-caller.ts'

const count = entity('<queryDef operation="count" schema="nms:recipient"/>')
const query = 'xtk:queryDef#ExecuteQuery'

test('the documented Logon answers both tokens, and the documented query goes with them', async () => {
  const { ready, seed } = await campaignStarted()
  const { url, login, password } = ready.campaign.classic
  await seed({ email: 'john.doe@aol.com' })
  const logon = await postEnvelope(
    url,
    'xtk:session#Logon',
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:xtk:session">' +
      '<soapenv:Header/>' +
      '<soapenv:Body>' +
      '<urn:Logon>' +
      '<urn:sessiontoken></urn:sessiontoken>' +
      `<urn:strLogin>${login}</urn:strLogin>` +
      `<urn:strPassword>${password}</urn:strPassword>` +
      '<urn:elemParameters></urn:elemParameters>' +
      '</urn:Logon>' +
      '</soapenv:Body>' +
      '</soapenv:Envelope>',
  )
  expect(logon.status).toBe(200)
  const tokens = {
    session: inside(logon.text, 'pstrSessionToken'),
    security: inside(logon.text, 'pstrSecurityToken'),
  }
  const answer = await postEnvelope(
    url,
    query,
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:xtk:queryDef">' +
      '<soapenv:Header/><soapenv:Body><urn:ExecuteQuery><urn:sessiontoken/><urn:entity>' +
      '<queryDef operation="select" schema="nms:recipient">' +
      '<select><node expr="@email"/><node expr="@lastName"/><node expr="@firstName"/></select>' +
      `<where><condition expr="@email = 'john.doe@aol.com'"/></where>` +
      '</queryDef>' +
      '</urn:entity></urn:ExecuteQuery></soapenv:Body></soapenv:Envelope>',
    tokens,
  )
  expect(inside(answer.text, 'pdomOutput')).toBe(
    '<recipient-collection><recipient email="john.doe@aol.com" lastName="" firstName=""></recipient></recipient-collection>',
  )
})

test('wrong credentials are refused with a fault', async () => {
  const { ready } = await campaignStarted()
  const { url, login } = ready.campaign.classic
  const refused = await postSoap(
    url,
    'xtk:session#Logon',
    `<strLogin>${login}</strLogin><strPassword>no</strPassword><elemParameters/>`,
  )
  expect(refused.status).toBe(403)
  expect(inside(refused.text, 'faultstring')).toMatch(/^XSV-350012 /)
  expect(refused.text).not.toContain('pstrSessionToken')
})

test('both tokens are needed, and must be of one session', async () => {
  const { ready, logon } = await campaignStarted()
  const { url } = ready.campaign.classic
  const [one, other] = [await logon(), await logon()]
  const mixed = { session: one.session, security: other.security }
  for (const tokens of [{}, { session: one.session }, { security: one.security }, mixed]) {
    const refused = await postSoap(url, query, count, tokens)
    expect(refused.status).toBe(403)
    expect(inside(refused.text, 'faultcode')).toBe('SOAP-ENV:Client')
    expect(inside(refused.text, 'faultstring')).toMatch(/^XSV-350008 Session has expired/)
  }
  expect((await postSoap(url, query, count, one)).text).toContain('<recipient count="0">')
  // The first parameter will do for the cookie.
  const inBody = await postEnvelope(
    url,
    query,
    `<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><ExecuteQuery xmlns="urn:xtk:queryDef">` +
      `<sessiontoken>${one.session}</sessiontoken>${count}</ExecuteQuery></E:Body></E:Envelope>`,
    { security: one.security },
  )
  expect(inBody.status).toBe(200)
})

test('a session is over after 24 hours, or when it logs off', async () => {
  const { ready, logon, control } = await campaignStarted({ frozenClock: true })
  const { url } = ready.campaign.classic
  const [kept, left] = [await logon(), await logon()]
  await postSoap(url, 'xtk:session#Logoff', '', left)
  expect((await postSoap(url, query, count, left)).status).toBe(403)
  await control('POST', '/control/clock', { advanceMs: 86_399_999 })
  expect((await postSoap(url, query, count, kept)).status).toBe(200)
  await control('POST', '/control/clock', { advanceMs: 1 })
  expect((await postSoap(url, query, count, kept)).status).toBe(403)
})

test('what is no envelope, names no method or another one is the client’s fault', async () => {
  const { ready, logon, soap } = await campaignStarted()
  const { url } = ready.campaign.classic
  const tokens = await logon()
  for (const text of ['', 'nonsense', '<a><b></a>', '<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>']) {
    const refused = await postEnvelope(url, query, text, tokens)
    expect(inside(refused.text, 'faultcode')).toBe('SOAP-ENV:Client')
  }
  const unknown = await soap('xtk:session#Dance', '')
  expect(inside(unknown.text, 'faultstring')).toMatch(/^SOP-330006 The method &apos;Dance&apos;/)
  const other = await postEnvelope(
    url,
    'xtk:persist#Write',
    '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><ExecuteQuery/></E:Body></E:Envelope>',
    tokens,
  )
  expect(inside(other.text, 'faultcode')).toBe('SOAP-ENV:Client')
})

const scripted = [
  ['Client', 200, 'SOAP-ENV:Client', ''],
  ['Server', 200, 'SOAP-ENV:Server', ''],
  ['VersionMismatch', 200, 'SOAP-ENV:VersionMismatch', ''],
  ['MustUnderstand', 200, 'SOAP-ENV:MustUnderstand', ''],
  ['XSV350008', 403, 'SOAP-ENV:Client', ''],
  ['XSV350012', 403, 'SOAP-ENV:Client', ''],
  ['XSV350013', 403, 'SOAP-ENV:Client', ''],
  ['SOP330011', 200, 'SOAP-ENV:Server', ''],
  ['XTK170024', 200, 'SOAP-ENV:Server', 'XTK-170024'],
  ['XTK170036', 200, 'SOAP-ENV:Server', 'XTK-170036'],
  ['ODBC', 200, 'SOAP-ENV:Server', 'ODBC error'],
  ['503', 503, '', ''],
] as const

test('every documented fault can be asked for', async () => {
  const { soap, control } = await campaignStarted()
  for (const [answer, status, faultcode, detail] of scripted) {
    await control('POST', '/control/faults', {
      campaign: [{ operation: 'queryDef.executeQuery', answer }],
    })
    const refused = await soap(query, count)
    expect([answer, refused.status, inside(refused.text, 'faultcode')]).toEqual([
      answer,
      status,
      faultcode,
    ])
    expect(inside(refused.text, 'detail').slice(0, detail.length)).toBe(detail)
    expect((await soap(query, count)).status).toBe(200)
  }
})

test('faults come with another status by setting, and with one beyond the contract’s calls', async () => {
  const { soap } = await campaignStarted({ campaign: { faultStatus: 500, engineCallsPerDay: 1 } })
  const refused = await soap(query, entity('<queryDef schema="cus:none"/>'))
  expect([refused.status, inside(refused.text, 'detail').slice(0, 10)]).toEqual([500, 'XTK-170024'])
  const beyond = await soap(query, count)
  expect(beyond.text).toContain('engine calls')
})
