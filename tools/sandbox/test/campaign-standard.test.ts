import { expect, test } from 'vitest'
import { type Campaign, campaignStarted } from './campaign-caller.ts'
import { at, textAt } from './started.ts'

const services = '/profileAndServices/service'
const profiles = '/profileAndServices/profile'
const extended = '/profileAndServicesExt/profile'

async function created({ standard }: Campaign, path: string, body: object): Promise<unknown> {
  const answer = await standard('POST', path, body)
  expect(answer.status).toBe(201)
  return answer.json()
}

test('the documented service is created, read by PKey, href and name, relabelled and deleted', async () => {
  const campaign = await campaignStarted({ frozenClock: true })
  const { standard, ready } = campaign
  const service = await created(campaign, `${services}/`, {
    label: 'My newsletter',
    messageType: 'email',
    name: 'email_newsletter',
    start: '2019-10-06',
  })
  expect(service).toMatchObject({ builtIn: false, label: 'My newsletter', mode: 'newsletter' })
  expect(textAt(service, 'created')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/)
  const href = textAt(service, 'href')
  expect(href.startsWith(`${ready.campaign.standard.url}${services}/@`)).toBe(true)
  expect(at(service, 'subscriptions', 'href')).toBe(`${href}/subscriptions/`)

  const pkey = textAt(service, 'PKey')
  for (const target of [href, `${services}/${pkey}`, `${services}/email_newsletter`]) {
    expect((await standard('GET', target)).json()).toEqual(service)
  }
  const patched = await standard('PATCH', href, { label: 'Ours' })
  expect([patched.status, patched.json()]).toEqual([200, { PKey: pkey, href }])
  expect((await standard('GET', href)).json()).toMatchObject({
    label: 'Ours',
    name: 'email_newsletter',
  })
  expect((await standard('DELETE', href)).status).toBe(204)
  expect((await standard('GET', href)).status).toBe(404)
})

test('a taken name is refused on POST, and names and labels are found by text and channel', async () => {
  const campaign = await campaignStarted()
  const { standard } = campaign
  await created(campaign, services, { name: 'aep_1', label: 'Loyal', description: 'ups/1' })
  await created(campaign, services, { name: 'aep_2', label: 'Sport', messageType: 'sms' })
  const taken = await standard('POST', services, { name: 'aep_1' })
  expect([taken.status, taken.headers['content-type']]).toEqual([500, 'text/plain; charset=utf-8'])
  expect(taken.text).toContain('PGS-220000')

  const names = async (target: string): Promise<unknown[]> => {
    const content = at((await standard('GET', services + target)).json(), 'content')
    return Array.isArray(content) ? content.map((row: unknown) => at(row, 'name')) : []
  }
  expect(await names('')).toEqual(['aep_1', 'aep_2'])
  expect(await names('/byText?text=aep_1')).toEqual(['aep_1'])
  expect(await names('/byChannel?channel=sms')).toEqual(['aep_2'])
  expect(await names('/byChannel/byText?channel=email&text=sport')).toEqual([])
  const found = (await standard('GET', `${services}/byText?text=loyal`)).json()
  expect(at(found, 'content', 0, 'description')).toBe('ups/1')
  expect((await standard('GET', textAt(found, 'count', 'href'))).json()).toEqual({ count: 1 })
})

test('a service without a name gets one, and a name that is the URL cannot be changed', async () => {
  const campaign = await campaignStarted()
  const service = await created(campaign, services, {})
  expect(at(service, 'name')).toBe('SVC1')
  const refused = await campaign.standard('PATCH', `${services}/SVC1`, { name: 'SVC4' })
  expect([refused.status, refused.text.includes('RST-360012')]).toEqual([500, true])
  const byPKey = await campaign.standard('PATCH', textAt(service, 'href'), { name: 'SVC4' })
  expect(byPKey.status).toBe(200)
})

test('profiles are found by the beginning of their e-mail, with regard to case', async () => {
  const campaign = await campaignStarted()
  const { standard } = campaign
  for (const email of ['ann@b.c', 'anna@b.c', 'Ann@b.c', 'bob@b.c']) {
    await created(campaign, profiles, { email })
  }
  const found = async (query: string): Promise<unknown> => {
    const content = at((await standard('GET', `${profiles}/byText?${query}`)).json(), 'content')
    return Array.isArray(content) ? content.map((row: unknown) => at(row, 'email')) : []
  }
  expect(await found('text=ann&filterType=email')).toEqual(['ann@b.c', 'anna@b.c'])
  expect(await found('text=Ann&filterType=email')).toEqual(['Ann@b.c'])
  expect(await found('text=ann%40b.c&filterType=email')).toEqual(['ann@b.c'])
  expect(at((await standard('GET', `${profiles}/email?_lineCount=2`)).json(), 'content')).toEqual([
    'ann@b.c',
    'anna@b.c',
  ])
})

test('custom fields exist in the extended API only, and their filters find by them', async () => {
  const campaign = await campaignStarted()
  const { standard, ready } = campaign
  const { keys } = ready.campaign.standard
  expect(keys['email_lc_sha256']).toEqual({
    field: 'cusEmailLcSha256',
    filter: 'byEmailLcSha256',
    parameter: 'emailLcSha256_parameter',
  })
  const refused = await standard('POST', profiles, { cusEcid: '1' })
  expect(refused.status).toBe(500)
  expect(refused.text).toContain("'cusEcid' property is not valid for the 'profile' resource.")

  const profile = await created(campaign, extended, { cusEcid: '1', cusGaid: 'g', email: 'a@b.c' })
  for (const [namespace, value] of [
    ['ECID', '1'],
    ['GAID', 'g'],
  ] as const) {
    const key = keys[namespace]
    const target = `${extended}/${key?.filter}?${key?.parameter}=${value}`
    expect(at((await standard('GET', target)).json(), 'content', 0, 'PKey')).toBe(
      at(profile, 'PKey'),
    )
  }
  expect(
    at((await standard('GET', `${extended}/byEcid?ecid_parameter=2`)).json(), 'content'),
  ).toEqual([])
  expect((await standard('GET', `${profiles}/byEcid?ecid_parameter=1`)).status).toBe(404)
  expect((await standard('GET', `${extended}/1`)).json()).toEqual(profile)
  const plain = (await standard('GET', `${profiles}/${textAt(profile, 'PKey')}`)).json()
  expect(at(plain, 'cusEcid')).toBeUndefined()
  const taken = await standard('POST', extended, { cusEcid: '1' })
  expect([taken.status, taken.text.includes('nmsrecipient_cusecid')]).toEqual([500, true])
})

test('PATCH changes fields, but no key, nothing read-only and nothing unknown; DELETE answers 200', async () => {
  const campaign = await campaignStarted()
  const { standard } = campaign
  const profile = await created(campaign, extended, { email: 'a@b.c', cusEcid: '1' })
  const href = textAt(profile, 'href')
  const refused = async (body: object): Promise<string> => {
    const answer = await standard('PATCH', href, body)
    expect(answer.status).toBe(500)
    return answer.text
  }
  expect(await refused({ cusEcid: '2' })).toContain('RST-360012')
  expect(await refused({ cusIdfa: 'new' })).toContain('RST-360012')
  expect(await refused({ age: '7' })).toContain(
    "Cannot update the 'age' property that is read-only",
  )
  expect(await refused({ shoe: '7' })).toContain("'shoe' property is not valid")
  expect(await refused({ gender: 'x' })).toContain('RST-360011')
  expect(await refused({ email: 'nonsense' })).toContain('RST-360011')
  expect((await standard('PATCH', href, { cusEcid: '1', phone: '3301020304' })).json()).toEqual({
    PKey: at(profile, 'PKey'),
    href,
  })
  expect((await standard('GET', href)).json()).toMatchObject({ phone: '3301020304', cusEcid: '1' })
  expect((await standard('DELETE', href)).status).toBe(200)
  const gone = await standard('GET', href)
  expect([gone.status, gone.text.startsWith('RST-360011')]).toEqual([404, true])
})

test('a key of another instance is unknown, and what is no key breaks the expression', async () => {
  const [here, there] = [await campaignStarted(), await campaignStarted()]
  const ours = await created(here, profiles, { email: 'a@b.c' })
  const theirs = await created(there, profiles, { email: 'a@b.c' })
  expect(at(ours, 'PKey')).not.toBe(at(theirs, 'PKey'))
  expect((await here.standard('GET', `${profiles}/${textAt(theirs, 'PKey')}`)).status).toBe(404)
  const broken = await here.standard('GET', `${profiles}/@x`)
  expect([broken.status, broken.text.includes('XTK-170036')]).toEqual([500, true])
  expect((await here.standard('GET', `${services}/nobody`)).status).toBe(404)
})
