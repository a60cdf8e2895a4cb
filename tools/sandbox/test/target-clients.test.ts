import { init } from '@adobe/aio-lib-target'
import TargetClient from '@adobe/target-nodejs-sdk'
import { expect, test } from 'vitest'
import { at, textAt } from './started.ts'
import { askTargetIms, targetStarted } from './target-caller.ts'

const targetRule = { and: [{ profile: 'aepseg_7841ba61', equals: ['realized'] }] }
const ecid = '10527837386392355901041112038610706884'

/** Clients that know nothing of Segue: what they understand, they understand of Target. */
test("Adobe's Admin API client makes, finds, changes and deletes an audience", async () => {
  const sandbox = await targetStarted()
  const { adminUrl, tenant, clientId } = sandbox.ready.target
  const client = await init(tenant, clientId, await askTargetIms(sandbox))
  // It has one host built in; only what it sends with can be given.
  client.sdk.userFetch = (url, request) =>
    fetch(url.replace('https://mc.adobe.io', adminUrl), request)

  const created = await client.createAudience({ name: 'A', description: 's', targetRule })
  expect([created.status, at(created.body, 'name')]).toEqual([201, 'A'])
  const id = Number(textAt(created.body, 'id'))
  expect((await client.getAudienceById(id)).body).toEqual(created.body)
  const changed = await client.updateAudience(id, { name: 'B', targetRule })
  expect(changed.body).toMatchObject({ id, name: 'B', targetRule })
  expect((await client.getAudiences({ limit: 1, offset: 0, sortBy: ['name'] })).body).toMatchObject(
    {
      total: 1,
      limit: 1,
      audiences: [{ id, name: 'B' }],
    },
  )
  await sandbox.deliver({ marketingCloudVisitorId: ecid }, { aepseg_7841ba61: 'realized' })
  expect((await client.getMBoxProfileAttributes()).body).toMatchObject({
    mboxProfileAttributes: ['aepseg_7841ba61', 'mbox3rdPartyId'],
  })
  const batch = await client.executeBatch({
    operations: [
      {
        operationId: 0,
        method: 'POST',
        relativeUrl: '/v3/audiences',
        'body~': { name: 'C', targetRule },
      },
      {
        operationId: 1,
        'dependsOnOperationIds~': [0],
        method: 'DELETE',
        relativeUrl: '/v3/audiences/{operationIdResponse:0}',
      },
    ],
  })
  expect(at(batch.body, 'results')).toMatchObject([{ statusCode: 201 }, { statusCode: 200 }])
  expect((await client.deleteAudience(id)).body).toMatchObject({ id, name: 'B' })
  await expect(client.getAudienceById(id)).rejects.toMatchObject({
    code: 'ERROR_GET_AUDIENCE_BY_ID',
  })
})

test("Adobe's delivery client sets attributes of an Experience Cloud id", async () => {
  const { ready, attributes } = await targetStarted()
  const client = TargetClient.create({
    client: ready.target.clientCode,
    organizationId: '0DD934B85278256B0A490D44@AdobeOrg',
    serverDomain: new URL(ready.target.edgeUrl).host,
    secure: false,
    fetchApi: fetch,
  })
  const mbox = {
    index: 1,
    name: 'aep-segment-sync',
    profileParameters: { aepseg_7841ba61: 'realized' },
  }
  const id = { marketingCloudVisitorId: ecid }
  const { response } = await client.getOffers({ request: { id, execute: { mboxes: [mbox] } } })
  expect(response).toMatchObject({
    status: 200,
    id: { ...id, tntId: expect.stringMatching(/\.28_0$/) },
    execute: { mboxes: [{ index: 1, name: 'aep-segment-sync' }] },
  })
  expect(await attributes(`marketingCloudVisitorId/${ecid}`)).toEqual({
    aepseg_7841ba61: 'realized',
  })
})
