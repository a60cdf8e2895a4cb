import { expect, test } from 'vitest'
import { mappingFile, maxSegmentName } from './mapping-row.ts'

const header =
  'External Segment Key,Segment Name,Segment Description,Parent ID,Video CPM,Display CPM,Segment Window (TTL)\n'

function file(displayName: string, segment = 'ups:7841ba61'): string {
  const externalSegmentKey = '57bf424dc10_7841ba61'
  return mappingFile({ externalSegmentKey, segment, displayName, segmentWindowDays: 30 })
}

test('the columns of the published recipe, and the description is the segment’s id alone', () => {
  expect(file('Coffee drinkers')).toBe(
    `${header}57bf424dc10_7841ba61,Coffee drinkers,7841ba61,,0,0,30\n`,
  )
  expect(file('x', 'CustomerAudienceUpload:7841ba61')).toContain(
    ',x,CustomerAudienceUpload:7841ba61,,',
  )
})

test.each([
  ['a, b', '"a, b"'],
  ['5" screens', '"5"" screens"'],
  ['a\r\nb\tc\0', 'a b c'],
  ['忠実な購入者 😀', '忠実な購入者 😀'],
  [' \t\n ', '7841ba61'],
  ['\ud83d', '\ufffd'],
])('the name %j is written as %j', (displayName, expected) => {
  expect(file(displayName)).toBe(`${header}57bf424dc10_7841ba61,${expected},7841ba61,,0,0,30\n`)
})

test('an id with a comma or a quote is quoted, not changed', () => {
  expect(file('x', 'ups:a,"b"')).toContain(',x,"a,""b""",,')
})

test('a long name is cut between characters', () => {
  const name = file('😀'.repeat(200)).split(',')[7]
  expect(name).toBe('😀'.repeat(127))
  expect(name?.length).toBeLessThanOrEqual(maxSegmentName)
})
