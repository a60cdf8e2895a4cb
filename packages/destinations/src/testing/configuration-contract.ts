import { describe, expect, test, vi } from 'vitest'
import type { Document } from '../configuration/documents.ts'
import type { ConfigurationStore, StoredWrite } from '../configuration/store.ts'

/** Opens a store in an empty place; each call of what it answers is another process at the same place. */
export type CreateConfiguration = () => Promise<() => ConfigurationStore>

const roleDocument = (id: string, name: string, createdAtMs = 1): Document<'role'> => ({
  id,
  etag: `"${name}"`,
  createdAtMs,
  updatedAtMs: createdAtMs,
  createdBy: 'somebody',
  updatedBy: 'somebody',
  value: { name, description: 'ünï/cödé', permissions: [], sandboxes: ['prod'] },
})
const put = (id: string, name: string, createdAtMs = 1): StoredWrite => ({
  kind: 'role',
  id,
  document: roleDocument(id, name, createdAtMs),
})
const entry = (id: string, action = 'created') => ({ actor: 'somebody', action, kind: 'role', id })

/** What every place for the configuration owes. */
export function testConfigurationStore(create: CreateConfiguration): void {
  describe('configuration store', () => {
    test('what is written is read back by everybody, at once', async () => {
      const open = await create()
      const [one, other] = [open(), open()]
      expect((await other.read()).version).toBe(0)
      expect(await one.change(0, [put('b', 'second', 2), put('a', 'first', 1)], [])).toBe(true)
      const read = await other.read()
      expect(read.version).toBe(1)
      expect(read.all('role')).toEqual([
        roleDocument('a', 'first', 1),
        roleDocument('b', 'second', 2),
      ])
      expect(read.get('role', 'a')).toEqual(roleDocument('a', 'first', 1))
      expect(read.get('flow', 'a')).toBeUndefined()
      expect(await other.change(1, [{ kind: 'role', id: 'a', document: undefined }], [])).toBe(true)
      expect((await one.read()).get('role', 'a')).toBeUndefined()
    })

    test('ids may hold slashes', async () => {
      const store = (await create())()
      await store.change(0, [put('prod/ups:x', 'first')], [])
      expect((await store.read()).get('role', 'prod/ups:x')?.value.name).toBe('first')
    })

    test('of two changes by the same version one is made, and all of it', async () => {
      const open = await create()
      for (let version = 0; version < 10; version += 1) {
        const made = await Promise.all(
          ['x', 'y', 'z'].map((name) =>
            open().change(version, [put('a', name), put('b', name)], [entry(name)]),
          ),
        )
        expect(made.filter(Boolean)).toHaveLength(1)
        const winner = ['x', 'y', 'z'][made.indexOf(true)]
        const read = await open().read()
        expect(read.version).toBe(version + 1)
        expect(read.all('role').map(({ value }) => value.name)).toEqual([winner, winner])
        const audit = await open().audit({ limit: 100 })
        expect(audit).toHaveLength(version + 1)
        expect(audit.at(-1)?.id).toBe(winner)
      }
    })

    test('the audit is kept in order, and read in parts', async () => {
      const store = (await create())()
      await store.change(0, [put('a', 'x')], [entry('1'), entry('2')])
      await store.record([{ ...entry('3', 'revoked'), before: { deep: [1] } }])
      const all = await store.audit({ limit: 10 })
      expect(all.map(({ id }) => id)).toEqual(['1', '2', '3'])
      expect(all[2]).toMatchObject({ action: 'revoked', before: { deep: [1] }, actor: 'somebody' })
      expect(await store.audit({ limit: 1 })).toEqual([all[0]])
      expect(await store.audit({ limit: 10, after: all[0]!.eventId })).toEqual(all.slice(1))
      expect(await store.audit({ limit: 10, fromMs: all[0]!.atMs })).toEqual(all)
      expect(await store.audit({ limit: 10, toMs: all[0]!.atMs })).toEqual([])
      expect(await store.audit({ limit: 10, fromMs: all[2]!.atMs + 1 })).toEqual([])
    })

    test('every watch is told of changes by anybody, until it ends', async () => {
      const open = await create()
      const [own, others] = [vi.fn<() => void>(), vi.fn<() => void>()]
      const endOwn = await open().watch(own)
      const endOther = await open().watch(others)
      const store = open()
      await store.change(0, [put('a', 'x')], [])
      await expect.poll(() => [own.mock.calls.length, others.mock.calls.length]).toEqual([1, 1])
      expect(await store.change(0, [put('a', 'late')], [])).toBe(false)
      await endOwn()
      await store.change(1, [put('a', 'y')], [])
      await expect.poll(() => others.mock.calls.length).toBe(2)
      expect(own).toHaveBeenCalledTimes(1)
      await endOther()
    })
  })
}
