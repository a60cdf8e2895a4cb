import sdk from '@adobe/acc-js-sdk'
import { expect, test } from 'vitest'
import { campaignStarted } from './campaign-caller.ts'

/** A person for the group, if known at all. */
const person = (hash: string) => ({
  xtkschema: 'nms:recipient',
  _operation: 'none',
  _key: '@emailLcSha256',
  emailLcSha256: hash,
  rcpGrpRel: { _key: '[rcpGroup/@name]', rcpGroup: { name: 'aep_1' } },
})

/** A client that knows nothing of Segue: it reads the schemas to know the methods, and builds the messages itself. */
test('Adobe’s SDK for Campaign Classic logs on, writes, queries, and subscribes', async () => {
  const campaign = await campaignStarted({ frozenClock: true })
  const { url, login, password, groupFolder } = campaign.ready.campaign.classic
  await campaign.seed({ email: "o'hara@b.c", emailSHA256: 'aa', ecid: '1' }, { emailSHA256: 'bb' })
  const client = await sdk.init(
    sdk.ConnectionParameters.ofUserAndPassword(url, login, password, {
      refreshClient: async (expired) => {
        await expired.logon()
        return expired
      },
    }),
  )
  await client.logon()
  const { xtkSession, xtkQueryDef, nmsSubscription } = client.NLWS
  const query = (queryDef: Readonly<Record<string, unknown>>): Promise<unknown> =>
    xtkQueryDef.create(queryDef).executeQuery()
  await xtkSession.write({
    xtkschema: 'nms:group',
    name: 'aep_1',
    label: 'L\u00f6yal & <1>',
    desc: 'ups/1',
    folder: { name: groupFolder, _operation: 'none' },
  })
  await xtkSession.writeCollection({
    xtkschema: 'nms:recipient',
    recipient: [person('aa'), person('nobody')],
  })
  expect(await campaign.members()).toEqual({
    'classic:aep_1': {
      name: 'L\u00f6yal & <1>',
      segment: 'ups/1',
      members: ['ECID:1', 'email_lc_sha256:aa'],
    },
  })
  expect(
    await query({
      schema: 'nms:group',
      operation: 'get',
      select: { node: [{ expr: '@label' }] },
      where: { condition: [{ expr: "@name = 'aep_1'" }] },
    }),
  ).toEqual({ label: 'L\u00f6yal & <1>' })
  expect(
    await query({
      schema: 'nms:rcpGrpRel',
      operation: 'select',
      select: { node: [{ expr: '[recipient/@email]' }] },
      where: { condition: [{ expr: sdk.escapeXtk`[recipient/@email] = ${"o'hara@b.c"}` }] },
    }),
  ).toEqual({ rcpGrpRel: [{ recipient: { email: "o'hara@b.c" } }] })
  const nobody = { condition: [{ expr: "@email = 'nobody'" }] }
  const select = { node: [{ expr: '@id' }] }
  const schema = 'nms:recipient'
  expect(await query({ schema, operation: 'getIfExists', select, where: nobody })).toBeNull()
  expect(await query({ schema, operation: 'select', select, where: nobody })).toEqual({
    recipient: [],
  })
  await expect(query({ schema, operation: 'get', select, where: nobody })).rejects.toMatchObject({
    errorCode: 'SOP-330011',
    faultCode: 'SOAP-ENV:Server',
  })
  await expect(
    xtkSession.write({
      xtkschema: 'nms:group',
      _operation: 'insert',
      name: 'aep_1',
      folder: { name: groupFolder },
    }),
  ).rejects.toMatchObject({ detail: expect.stringMatching(/^ODBC error: .*NmsGroup_name/) })

  await xtkSession.write({
    xtkschema: 'nms:service',
    name: 'SVC1',
    folder: { name: 'nmsServiceFolder' },
  })
  const recipient = { xtkschema: schema, _key: '@emailLcSha256', emailLcSha256: 'bb' }
  const subscriptions = {
    schema: 'nms:subscription',
    operation: 'select',
    select: { node: [{ expr: '[recipient/@emailLcSha256]' }] },
  }
  await nmsSubscription.subscribe('SVC1', recipient, false)
  expect(await query(subscriptions)).toEqual({
    subscription: [{ recipient: { emailLcSha256: 'bb' } }],
  })
  await nmsSubscription.unsubscribe('SVC1', recipient)
  expect(await query(subscriptions)).toEqual({ subscription: [] })

  // A day later its session is over: it logs on again by itself, upon XSV-350008.
  await campaign.control('POST', '/control/clock', { advanceMs: 86_400_000 })
  expect(await query({ schema, operation: 'count' })).toEqual({ count: '2' })
  await client.logoff()
})
