import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { campaignStarted, domDoc } from './campaign-caller.ts'
import { exchange } from './exchange.ts'
import { at, textAt } from './started.ts'

test('a restart keeps people, services, groups, memberships and keys', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'segue-sandbox-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'state.json')
  const before = await campaignStarted({}, file)
  await before.seed({ email: 'ann@b.c', emailSHA256: 'aa', idfa: 'X' }, { ecid: '2' })
  const service = (
    await before.standard('POST', '/profileAndServices/service', {
      name: 'S',
      description: 'ups/1',
    })
  ).json()
  const profile = (await before.standard('GET', '/profileAndServicesExt/profile/aa')).json()
  const added = await before.standard('POST', textAt(service, 'subscriptions', 'href'), {
    subscriber: { PKey: at(profile, 'PKey') },
  })
  await before.soap(
    'xtk:persist#Write',
    domDoc(
      '<group xtkschema="nms:group" name="g" desc="ups/2"><folder name="nmsSegueGroups"/></group>',
    ),
  )
  await before.soap(
    'xtk:persist#Write',
    domDoc(
      '<recipient xtkschema="nms:recipient" _operation="none" _key="@ecid" ecid="2"><rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="g"/></rcpGrpRel></recipient>',
    ),
  )
  const members = {
    'standard:S': { name: 'Service', segment: 'ups/1', members: ['IDFA:X', 'email_lc_sha256:aa'] },
    'classic:g': { name: 'g', segment: 'ups/2', members: ['ECID:2'] },
  }
  expect(await before.members()).toEqual(members)
  await before.close()

  const after = await campaignStarted({}, file)
  expect(await after.members()).toEqual(members)
  const found = await after.standard(
    'GET',
    '/profileAndServices/profile/byText?text=ann&filterType=email',
  )
  expect(at(found.json(), 'content', 0, 'PKey')).toBe(at(profile, 'PKey'))
  const { origin } = new URL(after.ready.campaign.standard.url)
  const { pathname } = new URL(textAt(added.json(), 'href'))
  expect((await after.standard('DELETE', origin + pathname)).status).toBe(204)
  expect(await after.members()).toMatchObject({ 'standard:S': { members: [] } })
  await after.seed({ gaid: 'g' })
  const both = await after.standard('POST', '/profileAndServices/service', { name: 'T' })
  expect(both.status).toBe(201)
})

test('seeding again changes nothing, and what completes a person completes it in both instances', async () => {
  const { seed, standard, soap } = await campaignStarted()
  expect(await seed({ email: 'a@b.c', ecid: '1' }, { ecid: '2' })).toEqual({
    campaign: { created: 2, ids: [1362, 1363] },
  })
  expect(await seed({ email: 'a@b.c', ecid: '1' }, { ecid: '2' })).toMatchObject({
    campaign: { created: 0, ids: [1362, 1363] },
  })
  expect(await seed({ ecid: '2', gaid: 'g' })).toMatchObject({ campaign: { created: 0 } })
  // Another person with the same e-mail; the ECID stays with whom it is.
  expect(await seed({ email: 'a@b.c', ecid: '3' }, { emailSHA256: 'h', ecid: '3' })).toMatchObject({
    campaign: { created: 1, ids: [1364, 1364] },
  })
  const found = await standard('GET', '/profileAndServicesExt/profile/byGaid?gaid_parameter=g')
  expect(at(found.json(), 'content', 0, 'cusEcid')).toBe('2')
  const counted = await soap(
    'xtk:queryDef#ExecuteQuery',
    '<entity><queryDef operation="count" schema="nms:recipient"/></entity>',
  )
  expect(counted.text).toContain('count="3"')
})

test('a seed with an unknown field, or with none, makes nobody', async () => {
  const { ready, seed, standard } = await campaignStarted()
  for (const person of [{ phone: '1' }, {}, { email: '' }]) {
    const body = JSON.stringify({ campaign: [{ ecid: '1' }, person] })
    const refused = await exchange(ready.control, '/control/seed', { method: 'POST', body })
    expect([refused.status, at(refused.json(), 'code')]).toEqual([400, 'SANDBOX_SEED_INVALID'])
  }
  const list = await standard('GET', '/profileAndServices/profile')
  expect(at(list.json(), 'content')).toEqual([])
  await seed({ ecid: '1' })
})

test('fifty thousand people are seeded in one call and found among the others', async () => {
  const { seed, standard, soap } = await campaignStarted()
  const people = Array.from({ length: 50_000 }, (_, index) => ({
    email: `person-${index}@b.c`,
    ecid: String(index).padStart(38, '1'),
  }))
  expect(await seed(...people)).toMatchObject({ campaign: { created: 50_000 } })
  const found = await standard(
    'GET',
    '/profileAndServices/profile/byText?text=person-4999%40&filterType=email',
  )
  expect(at(found.json(), 'content', 0, 'email')).toBe('person-4999@b.c')
  const wanted = people.slice(20_000, 21_000).map(({ ecid }) => `'${ecid}'`)
  const counted = await soap(
    'xtk:queryDef#ExecuteQuery',
    `<entity><queryDef operation="count" schema="nms:recipient"><where><condition expr="@ecid IN (${wanted.join(',')})"/></where></queryDef></entity>`,
  )
  expect(counted.text).toContain('count="1000"')
})
