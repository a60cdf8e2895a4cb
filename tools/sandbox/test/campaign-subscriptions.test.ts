import { expect, test } from 'vitest'
import { type Campaign, campaignStarted } from './campaign-caller.ts'
import { at, textAt } from './started.ts'

const services = '/profileAndServices/service'
const profiles = '/profileAndServices/profile'

/** A service and people, as their own answers show them. */
async function arranged(
  settings: Readonly<Record<string, unknown>>,
  people: number,
): Promise<Campaign & { service: unknown; pkeys: string[] }> {
  const campaign = await campaignStarted(settings)
  await campaign.seed(...Array.from({ length: people }, (_, index) => ({ ecid: `${index}` })))
  const service = (await campaign.standard('POST', services, { name: 'S', label: 'L' })).json()
  const list = (await campaign.standard('GET', `${profiles}?_lineCount=1000`)).json()
  const content = at(list, 'content')
  const pkeys = Array.isArray(content) ? content.map((row: unknown) => textAt(row, 'PKey')) : []
  return { ...campaign, service, pkeys }
}

test('a profile is subscribed from either side, seen from both, and removed by the returned href', async () => {
  const { standard, service, pkeys, members } = await arranged({}, 2)
  const [first = '', second = ''] = pkeys
  const ofService = textAt(service, 'subscriptions', 'href')
  const added = await standard('POST', ofService, { subscriber: { PKey: first } })
  expect(added.status).toBe(201)
  expect(added.json()).toMatchObject({
    email: '',
    expirationDate: '',
    metadata: 'subscriptionRcp',
    service: { PKey: at(service, 'PKey'), title: 'L (S)' },
    serviceName: 'S',
    subscriber: { PKey: first },
  })
  const profile = (await standard('GET', `${profiles}/${second}`)).json()
  const ofProfile = textAt(profile, 'subscriptions', 'href')
  await standard('POST', ofProfile, { service: { PKey: at(service, 'PKey') } })
  expect(await members()).toEqual({
    'standard:S': { name: 'L', segment: 'S', members: ['ECID:0', 'ECID:1'] },
  })

  const listed = (await standard('GET', ofService)).json()
  expect(at(listed, 'content', 1, 'subscriber', 'PKey')).toBe(second)
  const own = (await standard('GET', ofProfile)).json()
  expect(at(own, 'content', 0, 'service', 'name')).toBe('S')

  const href = textAt(listed, 'content', 0, 'href')
  expect((await standard('GET', href)).json()).toMatchObject({ subscriber: { PKey: first } })
  // A URL that is put together from the row's PKey is not the subscription's.
  const built = `${ofService}${textAt(listed, 'content', 0, 'PKey')}`
  expect((await standard('DELETE', built)).status).toBe(404)
  expect(await members()).toMatchObject({ 'standard:S': { members: ['ECID:0', 'ECID:1'] } })
  const removed = await standard('DELETE', href)
  expect([removed.status, removed.text]).toEqual([204, ''])
  expect((await standard('DELETE', href)).status).toBe(404)
  expect((await standard('DELETE', textAt(own, 'content', 0, 'href'))).status).toBe(204)
  expect(await members()).toMatchObject({ 'standard:S': { members: [] } })
})

test.each([
  ['duplicate', [500, 500]],
  ['kept', [201, 201]],
  ['mixed', [201, 500]],
])(
  'a second subscription answers by setting %s, and is still one',
  async (repeatAnswer, statuses) => {
    const { standard, service, pkeys } = await arranged({ campaign: { repeatAnswer } }, 2)
    const target = textAt(service, 'subscriptions', 'href')
    const again: number[] = []
    for (const PKey of pkeys) {
      const first = await standard('POST', target, { subscriber: { PKey } })
      const second = await standard('POST', target, { subscriber: { PKey } })
      again.push(second.status)
      const isSame = second.text === first.text
      const isRefused = second.text.includes('nmssubscriptionrcp_key')
      expect([isSame, isRefused]).toEqual([second.status === 201, second.status === 500])
    }
    expect(again.toSorted((a, b) => a - b)).toEqual(statuses)
    expect(at((await standard('GET', target)).json(), 'content')).toHaveLength(2)
  },
)

test('pages hold 25, next goes on behind what was removed in between, and count counts', async () => {
  const { standard, service, pkeys } = await arranged({}, 60)
  const target = textAt(service, 'subscriptions', 'href')
  for (const PKey of pkeys) await standard('POST', target, { subscriber: { PKey } })
  const first = (await standard('GET', target)).json()
  expect(at(first, 'content')).toHaveLength(25)
  expect((await standard('GET', textAt(first, 'count', 'href'))).json()).toEqual({ count: 60 })
  await standard('DELETE', textAt(first, 'content', 3, 'href'))

  const seen = new Set<unknown>()
  let page: unknown = first
  for (let turns = 0; turns < 10; turns += 1) {
    const content = at(page, 'content')
    for (const row of Array.isArray(content) ? content : []) seen.add(at(row, 'subscriber', 'PKey'))
    const next = at(page, 'next', 'href')
    if (typeof next !== 'string') break
    page = (await standard('GET', next)).json()
  }
  expect(seen).toEqual(new Set(pkeys))
  const three = (await standard('GET', `${target}?_lineCount=3`)).json()
  expect(at(three, 'content')).toHaveLength(3)
  expect(textAt(three, 'next', 'href')).toContain('_lineCount=3')
  expect((await standard('GET', `${target}?_lineStart=25`)).status).toBe(500)
  expect((await standard('GET', `${target}?_lineCount=none`)).status).toBe(500)
})

test('a large table has no next unless the caller insists', async () => {
  const { standard } = await arranged({ campaign: { bigTableRows: 5 } }, 6)
  const target = `${profiles}?_lineCount=2`
  expect(at((await standard('GET', target)).json(), 'next')).toBeUndefined()
  const page = (await standard('GET', `${target}&_forcePagination=true`)).json()
  const next = (await standard('GET', textAt(page, 'next', 'href'))).json()
  expect(at(next, 'content')).toHaveLength(2)
  expect(at(next, 'next', 'href')).toBeDefined()
})

test('a subscription needs both, and goes with either', async () => {
  const { standard, service, pkeys, members } = await arranged({}, 2)
  const [first = '', second = ''] = pkeys
  const target = textAt(service, 'subscriptions', 'href')
  expect((await standard('POST', target, {})).status).toBe(500)
  expect((await standard('POST', target, { subscriber: { PKey: '@x' } })).status).toBe(500)
  await standard('POST', target, { subscriber: { PKey: first } })
  await standard('POST', target, { subscriber: { PKey: second } })
  await standard('DELETE', `${profiles}/${first}`)
  expect((await standard('POST', target, { subscriber: { PKey: first } })).status).toBe(404)
  expect(await members()).toMatchObject({ 'standard:S': { members: ['ECID:1'] } })
  await standard('DELETE', textAt(service, 'href'))
  expect(await members()).toEqual({})
  const profile = (await standard('GET', `${profiles}/${second}`)).json()
  const left = await standard('GET', textAt(profile, 'subscriptions', 'href'))
  expect(at(left.json(), 'content')).toEqual([])
})
