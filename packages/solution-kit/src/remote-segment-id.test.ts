import { expect, test } from 'vitest'
import { remoteSegmentId } from './remote-segment-id.ts'

test('a Platform segment goes by its bare id', () => {
  expect(remoteSegmentId('ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93')).toBe(
    '7841ba61-23c1-4bb3-a495-00d3a5fe1e93',
  )
})

test('any other namespace stays in front', () => {
  expect(remoteSegmentId('CustomerAudienceUpload:42')).toBe('CustomerAudienceUpload:42')
})

test('two segments never share a remote id', () => {
  const segments = ['ups:a', 'ups:a:b', 'a:b', 'ups:', 'a:', 'ups:ups:a', 'upsx:a']
  expect(new Set(segments.map(remoteSegmentId)).size).toBe(segments.length)
})
