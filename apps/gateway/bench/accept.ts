/**
 * How many updates a CPU-second of the gateway takes in, without HTTP and Redis: decode, check, route, pack.
 * Run: node apps/gateway/bench/accept.ts
 */
import { cpuUsage } from 'node:process'
import { parseProfileUpdate } from '@segue/model'
import { createAppendGroups } from '../src/append/append-groups.ts'
import { bodyReader } from '../src/body/body-format.ts'

const updatesPerBody = 1_000
const bodies = 100

function update(index: number): object {
  const time = new Date(1_795_000_000_000 + index * 1_000).toISOString()
  return {
    identityMap: {
      ECID: [{ id: String(index).padStart(38, '7'), primary: true }],
      email_lc_sha256: [{ id: index.toString(16).padStart(64, 'a') }],
    },
    segmentMembership: {
      ups: {
        [`7fa2fda0-a2fc-4f01-b0f2-${String(index % 50).padStart(12, '0')}`]: {
          status: index % 3 === 0 ? 'exited' : 'realized',
          lastQualificationTime: time,
        },
      },
    },
  }
}

const lines = Array.from({ length: updatesPerBody }, (_, index) => JSON.stringify(update(index)))
const body = Buffer.from(lines.join('\n'))
const read = bodyReader('application/x-ndjson')
let bytes = 0
const groups = createAppendGroups({
  partitionCount: 16,
  append: async (appends) => {
    for (const { payload } of appends) bytes += payload.length
    return appends.map(() => 'appended')
  },
  appended: () => {},
})

async function accept(): Promise<void> {
  const nowMs = Date.now()
  const updates = read(body)
  const submission = groups.open()
  for (let index = 0; index < updates.count; index++) {
    const parsed = parseProfileUpdate(updates.next(), nowMs)
    if (!parsed.ok) throw new Error(parsed.detail)
    submission.add(parsed.update)
  }
  await submission.finish()
}

for (let round = 0; round < 5; round++) {
  bytes = 0
  const before = cpuUsage()
  for (let index = 0; index < bodies; index++) await accept()
  const { user, system } = cpuUsage(before)
  const updates = bodies * updatesPerBody
  const perSecond = Math.round(updates / ((user + system) / 1e6))
  console.log(
    `${perSecond} updates a CPU-second, ${(body.length / updatesPerBody).toFixed(0)} B in, ${(bytes / updates).toFixed(0)} B into the log`,
  )
}
