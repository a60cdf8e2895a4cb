import { expect, test } from 'vitest'
import { parseInboundName } from './inbound-name.ts'

const folder = 'acme/date=2016-05-09'
const name = (fileName: string): unknown => parseInboundName(`${folder}/${fileName}`, 'acme')

test.each([
  ['ftp_dpm_478_1366545717.sync.1.gz', 478, undefined, 'sync', true],
  ['ftp_dpm_478_1366545717.sync', 478, undefined, 'sync', false],
  ['ftp_dpm_478_567_1366545717.sync.gz', 478, 567, 'sync', true],
  ['ftp_dpm_478_1366545717.overwrite', 478, undefined, 'overwrite', false],
  ['ftp_dpm_20914_29769_1716200000.sync', 20_914, 29_769, 'sync', false],
])(
  'the documented name %s is read',
  (fileName, dataSourceId, targetDataSourceId, mode, gzipped) => {
    expect(name(fileName)).toEqual({
      fileName,
      folder,
      dataSourceId,
      targetDataSourceId,
      mode,
      gzipped,
    })
  },
)

test.each([
  'ftp_dpm_478.sync',
  'ftp_dpm_478_1366545717.zip',
  'ftp_dpm_x_1366545717.sync',
  'other.txt',
])('%s is a bad name', (fileName) => {
  expect(name(fileName)).toBe('BAD_NAME')
})

test('the folder must be a day of the partner; receipts and other folders are no uploads', () => {
  const file = 'ftp_dpm_478_1366545717.sync'
  expect(parseInboundName(`acme/${file}`, 'acme')).toBe('BAD_FOLDER')
  expect(parseInboundName(`acme/date=2016-13-40/${file}`, 'acme')).toBe('BAD_FOLDER')
  expect(parseInboundName(`acme/2016-05-09/${file}`, 'acme')).toBe('BAD_FOLDER')
  expect(parseInboundName(`${folder}/receipts/${file}.json`, 'acme')).toBe('elsewhere')
  expect(parseInboundName(`other/date=2016-05-09/${file}`, 'acme')).toBe('elsewhere')
})
