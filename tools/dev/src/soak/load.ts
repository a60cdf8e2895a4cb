import { randomFrom } from '../sample/random.ts'

/** A fixed number of people whose memberships come, go and expire without end. */
export interface SoakLoad {
  readonly leads: readonly { readonly ecid: string; readonly emailSHA256: string }[]
  /** The next lines of NDJSON. */
  readonly lines: (count: number, nowMs: number) => readonly string[]
}

/** How long a membership lasts: some end within a minute by themselves. */
const lastsMs = [2_000, 10_000, 30_000, 0] as const

/** @param seed the same draws the same updates, but for their times */
export function soakLoad(people: number, segments: readonly string[], seed: number): SoakLoad {
  const random = randomFrom(seed, 'soak')
  const leads = Array.from({ length: people }, (_, index) => ({
    ecid: String(index + 1).padStart(38, '7'),
    emailSHA256: (index + 1).toString(16).padStart(64, 'c'),
  }))
  const line = (nowMs: number): string => {
    const lead = leads[Math.floor(random.next() * people)]!
    const segment = segments[Math.floor(random.next() * segments.length)]!
    const leaves = random.chance(0.3)
    const forMs = lastsMs[Math.floor(random.next() * lastsMs.length)] ?? 0
    const ends = leaves || forMs === 0 ? {} : { validUntil: timeOf(nowMs + forMs) }
    const status = leaves ? 'exited' : 'realized'
    return JSON.stringify({
      identityMap: {
        ECID: [{ id: lead.ecid, primary: true }],
        email_lc_sha256: [{ id: lead.emailSHA256 }],
      },
      segmentMembership: {
        ups: { [segment]: { status, lastQualificationTime: timeOf(nowMs), ...ends } },
      },
    })
  }
  return {
    leads,
    lines: (count, nowMs) => Array.from({ length: count }, () => line(nowMs)),
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
