import Marketo from 'node-marketo-rest'
import { expect, test } from 'vitest'
import { form, started } from './started.ts'

/** A client that knows nothing of Segue: what it understands, it understands of Marketo. */
test('the community client signs in, finds people, and reads and writes a list', async () => {
  const sandbox = await started({ frozenClock: true })
  const { url, identityUrl, clientId, clientSecret } = sandbox.ready.marketo
  const client = new Marketo({
    endpoint: `${url}/rest`,
    identity: identityUrl,
    clientId,
    clientSecret,
  })
  await sandbox.marketo('POST', '/rest/asset/v1/staticLists.json', {
    headers: form,
    body: 'folder={"id":1034,"type":"Folder"}&name=L',
  })

  const people = [{ email: 'a@b.c', emailSHA256: 'x' }, { email: 'd@e.f' }]
  const created = await client.lead.createOrUpdate(people, { lookupField: 'email' })
  const [first = 0, second = 0] = created.result.map((lead) => lead.id)
  expect((await client.lead.find('emailSHA256', ['x'], { fields: ['id'] })).result).toEqual([
    { id: first },
  ])
  const [list] = (await client.list.find({ name: ['L'] })).result
  const id = list?.id ?? 0

  expect((await client.list.addLeadsToList(id, [first, second, 9])).result).toMatchObject([
    { id: first, status: 'added' },
    { id: second, status: 'added' },
    { id: 9, status: 'skipped' },
  ])
  const page = await client.list.getLeads(id, { batchSize: 1 })
  const next = await page.nextPage?.()
  expect([page.result[0]?.email, next?.result[0]?.email]).toEqual(['a@b.c', 'd@e.f'])

  // An hour later its token is over: it asks for another by itself, upon 602.
  await sandbox.control('POST', '/control/clock', { advanceMs: 3_600_000 })
  // One id a call: this client percent-encodes the ampersands between several.
  expect((await client.list.removeLeadsFromList(id, [first])).result).toMatchObject([
    { status: 'removed' },
  ])
  expect((await client.list.isMember(id, [first])).result).toMatchObject([
    { status: 'notmemberof' },
  ])
  expect((await client.list.isMember(id, [second])).result).toMatchObject([{ status: 'memberof' }])
  await expect(client.list.addLeadsToList(7777, [first])).rejects.toMatchObject({
    errors: [{ code: '1013' }],
  })
})
