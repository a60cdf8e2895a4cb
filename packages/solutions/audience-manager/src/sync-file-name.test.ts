import { expect, test } from 'vitest'
import { parseSyncFileKey, receiptKey, syncFileKey, syncFilePrefix } from './sync-file-name.ts'

const name = { dataSourceId: 20914, targetDataSourceId: 29769, unixSeconds: 1_716_200_000 }

test('a file’s key has the documented form and is read back', () => {
  const key = syncFileKey('dir/acme', name)
  expect(key).toBe('dir/acme/date=2024-05-20/ftp_dpm_20914_29769_1716200000.sync.gz')
  expect(parseSyncFileKey(key)).toEqual(name)
  expect(key.startsWith(syncFilePrefix('dir/acme', name, 'files'))).toBe(true)
  expect(receiptKey(key)).toBe(
    'dir/acme/date=2024-05-20/receipts/ftp_dpm_20914_29769_1716200000.sync.gz.json',
  )
  expect(receiptKey(key).startsWith(syncFilePrefix('dir/acme', name, 'receipts'))).toBe(true)
})

test('the day is the UTC day of the second in the name', () => {
  const late = { ...name, unixSeconds: Date.parse('2026-11-23T23:59:59Z') / 1000 }
  expect(syncFileKey('d', late)).toContain('/date=2026-11-23/')
  expect(syncFileKey('d', { ...late, unixSeconds: late.unixSeconds + 1 })).toContain(
    '/date=2026-11-24/',
  )
})

test('files without compression and with split numbers are known too, other objects are not', () => {
  expect(parseSyncFileKey('x/ftp_dpm_1_2_3.sync')).toMatchObject({ unixSeconds: 3 })
  expect(parseSyncFileKey('x/ftp_dpm_1_2_3.sync.4.gz')).toMatchObject({ unixSeconds: 3 })
  for (const other of ['x/ftp_dpm_1_2_3.overwrite', 'x/ftp_dpm_1_3.sync', 'x/readme', '']) {
    expect(parseSyncFileKey(other)).toBeUndefined()
  }
})
