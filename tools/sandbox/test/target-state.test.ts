import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { form, textAt } from './started.ts'
import { elementsOf, statusUrlOf, targetStarted } from './target-caller.ts'

test('what Target holds survives a restart, with what waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segue-sandbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'state.json')
  const settings = { lostRowsPerMillion: 0, profileAuthentication: true }
  const first = await targetStarted(settings, 'real', file)
  const token = textAt(
    (await first.admin('POST', '/authentication/token?authorizationScope=profile_api')).json(),
    'accessToken',
  )
  const authorization = `Bearer ${token}`
  const send = (sandbox: typeof first, path: string, body?: string) =>
    sandbox.edge(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...form, authorization },
      ...(body === undefined ? {} : { body }),
    })
  const batch = (sandbox: typeof first, body: string) =>
    send(sandbox, '/m2/acmeclient/v2/profile/batchUpdate', `batch=${body}`)
  const audience = await first.admin('POST', '/audiences', {
    name: 'A',
    description: 's',
    targetRule: { and: [{ profile: 'a', equals: ['realized'] }] },
  })
  const id = textAt(audience.json(), 'id')
  await first.control('POST', '/control/target/audience-uses', { audienceId: Number(id) })
  await batch(first, 'thirdPartyId,a,b\np,realized,realized')
  await first.deliver({ marketingCloudVisitorId: 'e' }, { a: 'realized' })
  await first.apply()
  const waits = new URL(statusUrlOf(await batch(first, 'thirdPartyId,a\np,realized\nq,realized')))
  await send(first, '/m2/client/profile/update?mbox3rdPartyId=p&profile.c=1')
  const members = await first.members(id)
  expect(members).toEqual(['ECID:e', 'email_lc_sha256:p'])
  await first.close()

  const second = await targetStarted(settings, 'real', file)
  expect(await second.members(id)).toEqual(members)
  expect((await second.admin('DELETE', `/audiences/${id}`)).status).toBe(400)
  expect(await second.control('GET', '/control/idle')).toMatchObject({ pending: { target: 2 } })
  await second.apply()
  const status = await send(second, `${waits.pathname}${waits.search}&showDetails=true`)
  expect(elementsOf(status)).toMatchObject({ status: 'complete', successfulUpdates: '2' })
  // The batch after the restart still overrides the one before it.
  const read = (await send(second, '/rest/v1/profiles/thirdPartyId/p?client=acmeclient')).json()
  expect(read).toMatchObject({ profileAttributes: { a: { value: 'realized' }, c: { value: '1' } } })
  expect(read).not.toHaveProperty('profileAttributes.b')
  const next = await second.admin('POST', '/audiences', {
    name: 'B',
    targetRule: { not: { profile: 'a', equals: ['x'] } },
  })
  expect(textAt(next.json(), 'id')).toBe(String(Number(id) + 1))
})
