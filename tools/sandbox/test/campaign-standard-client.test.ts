import library from '@adobe/aio-lib-campaign-standard'
import { expect, test } from 'vitest'
import { campaignStarted } from './campaign-caller.ts'
import { at, textAt } from './started.ts'

/** A client that knows nothing of Segue: its requests are those of Adobe's own description of the API. */
test('Adobe’s library for Campaign Standard finds, creates and reads profiles and services', async () => {
  const campaign = await campaignStarted()
  const { url, clientId, keys } = campaign.ready.campaign.standard
  const client = await library.init('acme', clientId, await campaign.token())
  // Its servers are `https://mc.adobe.io/{ORGANIZATION}/campaign`.
  client.sdk.spec.servers = [{ url: url.replace('/acme/', '/{ORGANIZATION}/') }]

  await campaign.seed({ email: 'ann@b.c', emailSHA256: 'aa' }, { email: 'bob@b.c' })
  expect(at((await client.getAllProfiles({ lineCount: 1 })).body, 'content')).toHaveLength(1)
  const key = keys['email_lc_sha256']
  const found = await client.getAllProfiles({
    filters: [key?.filter ?? ''],
    hasCustomFilter: true,
    [key?.parameter ?? '']: 'aa',
  })
  expect(found.body).toMatchObject({ content: [{ email: 'ann@b.c', cusEmailLcSha256: 'aa' }] })
  const byText = await client.getAllProfiles({
    filters: ['byText'],
    text: 'bob',
    filterType: 'email',
  })
  expect(at(byText.body, 'content', 0, 'email')).toBe('bob@b.c')

  const created = await client.createProfile({ email: 'john.doe@mail.com' })
  const pkey = textAt(created.body, 'PKey')
  expect((await client.updateProfile(pkey, { phone: '3301020304' })).body).toMatchObject({
    PKey: pkey,
  })
  expect((await client.getProfile(pkey)).body).toMatchObject({ phone: '3301020304' })

  const service = await client.createService({
    name: 'aep_1',
    label: 'Loyal',
    messageType: 'email',
  })
  const services = await client.getAllServices({ filters: ['byText'], text: 'aep_1' })
  expect(at(services.body, 'content', 0, 'PKey')).toBe(at(service.body, 'PKey'))
  expect((await client.getService(textAt(service.body, 'PKey'))).body).toMatchObject({
    label: 'Loyal',
  })
  await expect(client.createService({ name: 'aep_1' })).rejects.toThrow(/PGS-220000|500/)
  await expect(client.getProfile('@x')).rejects.toThrow(/500/)
})
