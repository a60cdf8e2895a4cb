import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { at, until } from './started.ts'
import { uploading, type Uploading } from './uploader.ts'

const ecid = '08382830887934830189014177072406221371'
const gaid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
const idfa = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'

const processed = async ({ control }: Uploading): Promise<unknown> =>
  control('POST', '/control/process')

test('the documented files set and take away traits for every kind of id', async () => {
  const sandbox = await uploading({ audienceManager: { fileLagMs: 1000 }, frozenClock: true })
  const { upload, membersOf, sids, control } = sandbox
  const [first = '', second = ''] = sids
  await upload('ftp_dpm_20914_29769_1716200000.sync', `${gaid}\td_sid=${first},d_unsid=${second}\n`)
  await upload('ftp_dpm_20915_29769_1716200001.sync', `${idfa}\td_sid=${first}`)
  await upload(
    'ftp_dpm_31001_29769_1716200002.sync.gz',
    `${hash}\td_sid=${first}, d_sid=${second}\n`,
  )
  await upload('ftp_dpm_29770_29769_1716200003.sync.1', `${ecid}\td_sid=${first}\n`)
  expect(await control('GET', '/control/idle')).toMatchObject({
    idle: false,
    pending: { 'audience-manager': 4 },
  })
  expect(await membersOf(first)).toMatchObject({ members: [] })

  await control('POST', '/control/clock', { advanceMs: 1000 })
  await until(async () => at(await control('GET', '/control/idle'), 'idle') === true)
  expect(await membersOf(first)).toEqual({
    name: 'Trait 0',
    segment: 'segment 0',
    members: [`ECID:${ecid}`, `GAID:${gaid}`, `IDFA:${idfa}`, `email_lc_sha256:${hash}`],
  })
  expect(await membersOf(second)).toMatchObject({ members: [`email_lc_sha256:${hash}`] })

  await upload('ftp_dpm_20914_29769_1716200004.sync', `${gaid}\t${first}:0\n`)
  await upload('ftp_dpm_20915_29769_1716200005.sync', `${idfa}\t${first}:-1\n`)
  await upload('ftp_dpm_31001_29769_1716200006.sync', `${hash}\td_unsid=${first}\n`)
  await processed(sandbox)
  expect(await membersOf(first)).toMatchObject({ members: [`ECID:${ecid}`] })
})

test('signals qualify their onboarded trait and can only add', async () => {
  const sandbox = await uploading({})
  const [first = '', second = ''] = sandbox.sids
  await sandbox.upload(
    'ftp_dpm_29770_29769_1716200000.sync',
    `${ecid}\t"segID"="segment 0",segID = "segment 1","x"=1\n`,
  )
  await processed(sandbox)
  expect(await sandbox.membersOf(first)).toMatchObject({ members: [`ECID:${ecid}`] })
  expect(await sandbox.membersOf(second)).toMatchObject({ members: [`ECID:${ecid}`] })
  expect(await sandbox.receiptOf('ftp_dpm_29770_29769_1716200000.sync')).toMatchObject({
    totalSignals: 3,
    totalUnusedSignals: 1,
    totalRealizedTraits: 2,
  })
})

test('the counters of the receipt add up, and it lies beside the file', async () => {
  const sandbox = await uploading({})
  const { rest, ready } = sandbox
  const [first = ''] = sandbox.sids
  const foreign = await rest('POST', '/v1/traits/', {
    name: 'Foreign',
    traitType: 'ON_BOARDED_TRAIT',
    dataSourceId: 31_001,
    folderId: 123,
  })
  const ruled = await rest('POST', '/v1/traits/', {
    name: 'Ruled',
    traitType: 'RULE_BASED_TRAIT',
    dataSourceId: 29_769,
    folderId: 123,
  })
  const other = ecid.replace(/^../, '99')
  const lines = [
    `${ecid}\td_sid=${first}`,
    `${other}\td_sid=${first},d_sid=${String(at(foreign.json(), 'sid'))}`,
    `${ecid}\td_sid=${String(at(ruled.json(), 'sid'))}`,
    `${ecid}\td_sid=1`,
    `${ecid.slice(1)}\td_sid=${first}`,
    `no tab d_sid=${first}`,
    `${ecid} \td_sid=${first}`,
    `a:b\td_sid=${first}`,
    `${ecid}\td_sid=abc`,
    `${ecid}\td_sid=${first}\r`,
    `${ecid}\t"x"="${'y'.repeat(102_400)}"`,
  ]
  const name = 'ftp_dpm_29770_29769_1716200000.sync.gz'
  const key = await sandbox.upload(name, lines.join('\n'))
  await processed(sandbox)
  const receipt = await sandbox.receiptOf(name)
  expect(receipt).toMatchObject({
    file: key,
    status: 'processed',
    dataSourceId: 29_770,
    targetDataSourceId: 29_769,
    recordsReceived: 11,
    recordsProcessed: 11,
    formatErrors: 6,
    invalidAamId: 1,
    invalidDeviceId: 0,
    noMatchingAamId: 0,
    noTraitRealized: 2,
    storedRecords: 2,
    totalDevices: 2,
    totalRealizedTraits: 2,
    totalRemovedTraits: 0,
    totalTraitsFailedValidation: 1,
    usersWithTraitsFailedValidation: 1,
  })
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ready.audienceManager.s3
  const s3 = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  })
  const beside = key.replace(/\/([^/]+)$/, '/receipts/$1.json')
  const got = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: beside }))
  expect(JSON.parse((await got.Body?.transformToString()) ?? '')).toEqual(receipt)
  s3.destroy()
})

test.each([
  ['ftp_dpm_29770_29769_1716200000.txt', 'BAD_NAME'],
  ['ftp_dpm_29770_29769_17162.sync', 'BAD_NAME'],
  ['ftp_dpm_555_29769_1716200000.sync', 'UNKNOWN_DATA_SOURCE'],
  ['ftp_dpm_29770_555_1716200000.sync', 'UNKNOWN_TARGET_DATA_SOURCE'],
  ['ftp_dpm_20914_1716200000.sync', 'TARGET_REQUIRED'],
  ['ftp_dpm_20915_1716200000.overwrite', 'TARGET_REQUIRED'],
])('a file called %s is invalid: %s', async (name, problem) => {
  const sandbox = await uploading({}, 1)
  await sandbox.upload(name, `${ecid}\td_sid=${sandbox.sids[0]}\n`)
  await processed(sandbox)
  expect(await sandbox.receiptOf(name)).toMatchObject({
    status: 'invalid',
    problem,
    storedRecords: 0,
  })
  expect(await sandbox.membersOf(sandbox.sids[0] ?? '')).toMatchObject({ members: [] })
})

test('empty files, wrong compression and a missing ACL are not processed', async () => {
  const sandbox = await uploading({}, 1)
  const line = `${ecid}\td_sid=${sandbox.sids[0]}\n`
  const problemOf = async (
    name: string,
    content: string | Buffer,
    acl?: 'private',
  ): Promise<unknown> => {
    await sandbox.upload(name, content, acl)
    await processed(sandbox)
    return at(await sandbox.receiptOf(name), 'problem')
  }
  expect(await problemOf('ftp_dpm_29770_29769_1716200001.sync', '')).toBe('EMPTY')
  expect(await problemOf('ftp_dpm_29770_29769_1716200002.sync.gz', '')).toBe('EMPTY')
  expect(await problemOf('ftp_dpm_29770_29769_1716200003.sync', '\n\n')).toBe('EMPTY')
  expect(await problemOf('ftp_dpm_29770_29769_1716200004.sync.gz', Buffer.from(line))).toBe(
    'NOT_GZIP',
  )
  expect(await problemOf('ftp_dpm_29770_29769_1716200005.sync', line, 'private')).toBe(
    'ACL_NOT_BUCKET_OWNER_FULL_CONTROL',
  )
  expect(await sandbox.membersOf(sandbox.sids[0] ?? '')).toMatchObject({ members: [] })
})

test('an overwrite file replaces what its users have, and leaves all others alone', async () => {
  const sandbox = await uploading({})
  const [first = '', second = ''] = sandbox.sids
  const other = gaid.replace(/^../, 'ff')
  await sandbox.upload(
    'ftp_dpm_20914_29769_1716200000.sync',
    `${gaid}\td_sid=${first}\n${other}\td_sid=${first}\n`,
  )
  await processed(sandbox)
  await sandbox.upload(
    'ftp_dpm_20914_29769_1716200001.overwrite',
    `${gaid}\td_sid=${second},d_unsid=${second}\n`,
  )
  await processed(sandbox)
  expect(await sandbox.membersOf(first)).toMatchObject({ members: [`GAID:${other}`] })
  expect(await sandbox.membersOf(second)).toMatchObject({ members: [`GAID:${gaid}`] })
})

test('of more than 200 lines of one user the rest is dropped', async () => {
  const sandbox = await uploading({}, 201)
  const lines = sandbox.sids.map((sid) => `${ecid}\td_sid=${sid}\n`)
  await sandbox.upload('ftp_dpm_29770_29769_1716200000.sync', lines.join(''))
  await processed(sandbox)
  expect(await sandbox.receiptOf('ftp_dpm_29770_29769_1716200000.sync')).toMatchObject({
    recordsReceived: 201,
    recordsProcessed: 200,
    totalRealizedTraits: 200,
  })
})

test('a trait younger than four hours at the upload is not known to the job', async () => {
  const sandbox = await uploading(
    { frozenClock: true, audienceManager: { traitReadyMs: 14_400_000 } },
    1,
  )
  const line = `${ecid}\td_sid=${sandbox.sids[0]}\n`
  await sandbox.upload('ftp_dpm_29770_29769_1716200000.sync', line)
  await processed(sandbox)
  expect(await sandbox.membersOf(sandbox.sids[0] ?? '')).toMatchObject({ members: [] })
  await sandbox.control('POST', '/control/clock', { advanceMs: 14_400_000 })
  await sandbox.upload('ftp_dpm_29770_29769_1716200001.sync', line)
  await processed(sandbox)
  expect(await sandbox.membersOf(sandbox.sids[0] ?? '')).toMatchObject({
    members: [`ECID:${ecid}`],
  })
})
