import { expect, test } from 'vitest'
import { memoryConfiguration } from '../testing/memory-configuration.ts'
import { testConfigurationStore } from '../testing/configuration-contract.ts'
import { checkEtag, configure } from './configure.ts'
import type { Write } from './configure.ts'

testConfigurationStore(async () => memoryConfiguration())

const actor = { name: 'ana', requestId: 'r1' }
let ids = 0
function ports(store = memoryConfiguration({ nowMs: () => 7 })()) {
  return { store, nowMs: () => 7, newId: () => `id-${(ids += 1)}` }
}
const role = (name: string): Write => ({
  kind: 'role',
  id: 'a',
  value: { name, description: '', permissions: [], sandboxes: [] },
})

test('a document keeps who made it and when, and gets a new etag with each change', async () => {
  const own = ports()
  const answer = await configure(own, actor, () => ({
    writes: [role('x')],
    answer: (after) => after.get('role', 'a'),
  }))
  expect(answer).toMatchObject({ id: 'a', createdBy: 'ana', createdAtMs: 7, value: { name: 'x' } })
  const changed = await configure(own, { name: 'ben' }, () => ({
    writes: [role('y')],
    answer: (after) => after.get('role', 'a'),
  }))
  expect(changed).toMatchObject({ createdBy: 'ana', updatedBy: 'ben' })
  expect(changed?.etag).not.toBe(answer?.etag)
  expect(changed?.etag).toMatch(/^".+"$/)
  const audit = await own.store.audit({ limit: 10 })
  expect(audit).toMatchObject([
    { actor: 'ana', requestId: 'r1', action: 'created', kind: 'role', after: { name: 'x' } },
    { actor: 'ben', action: 'updated', before: { name: 'x' }, after: { name: 'y' } },
  ])
})

test('who decided by an older configuration decides again', async () => {
  const own = ports()
  const others = [role('other 1'), role('other 2')]
  const seen: (string | undefined)[] = []
  await configure(own, actor, (configuration) => {
    seen.push(configuration.get('role', 'a')?.value.name)
    return { writes: [role('mine')], answer: () => undefined }
  })
  const store: typeof own.store = {
    ...own.store,
    change: async (version, writes, audit) => {
      const other = others.shift()
      if (other !== undefined) {
        await configure(own, actor, () => ({ writes: [other], answer: () => undefined }))
      }
      return own.store.change(version, writes, audit)
    },
  }
  await configure({ ...own, store }, actor, (configuration) => {
    seen.push(configuration.get('role', 'a')?.value.name)
    return { writes: [role('last')], answer: () => undefined }
  })
  expect(seen).toEqual([undefined, 'mine', 'other 1', 'other 2'])
  expect((await own.store.read()).get('role', 'a')?.value.name).toBe('last')
})

test('what is answered is what was written, whatever others have written by then', async () => {
  const own = ports()
  const store: typeof own.store = {
    ...own.store,
    change: async (version, writes, audit) => {
      const changed = await own.store.change(version, writes, audit)
      await configure(own, { name: 'ben' }, () => ({
        writes: [role('theirs')],
        answer: () => undefined,
      }))
      return changed
    },
  }
  const answer = await configure({ ...own, store }, actor, () => ({
    writes: [role('mine')],
    answer: (after) => after.get('role', 'a'),
  }))
  expect(answer?.value.name).toBe('mine')
  // Else what they wrote could be overwritten by the etag of an answer that does not show it.
  const now = (await own.store.read()).get('role', 'a')
  expect(now?.value.name).toBe('theirs')
  expect(answer?.etag).not.toBe(now?.etag)
})

test('it gives up in the end', async () => {
  const own = ports()
  const store = { ...own.store, change: async () => false }
  const busy = configure({ ...own, store }, actor, () => ({
    writes: [role('x')],
    answer: () => undefined,
  }))
  await expect(busy).rejects.toMatchObject({ code: 'CONFIGURATION_BUSY' })
})

test('secrets do not come into the audit', async () => {
  const own = ports()
  await configure(own, actor, () => ({
    writes: [
      {
        kind: 'alertSubscription',
        id: 's',
        value: {
          sandboxName: 'prod',
          rules: [],
          enabled: true,
          channel: { type: 'webhook', url: 'http://x', secret: 'hush' },
        },
      },
    ],
    answer: () => undefined,
  }))
  const [event] = await own.store.audit({ limit: 1 })
  expect(event).toMatchObject({ sandboxName: 'prod', after: { channel: { url: 'http://x' } } })
  expect(JSON.stringify(event)).not.toContain('hush')
})

test('If-Match is compared as it is', () => {
  const document = { etag: '"1"' } as Parameters<typeof checkEtag>[0]
  expect(() => checkEtag(document, '"1"')).not.toThrow()
  for (const [given, code] of [
    [undefined, 'IF_MATCH_MISSING'],
    ['', 'IF_MATCH_MISSING'],
    ['1', 'ETAG_STALE'],
    ['"2"', 'ETAG_STALE'],
    ['*', 'ETAG_STALE'],
  ] as const) {
    expect(() => checkEtag(document, given)).toThrow(expect.objectContaining({ code }))
  }
})
