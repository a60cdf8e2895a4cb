import { createHash, randomInt } from 'node:crypto'

/** Somebody whom a test speaks of. */
export interface TestPerson {
  /** The profile key: their ECID. */
  readonly ecid: string
  readonly email: string
  /** As the sandbox' Marketo knows them. */
  readonly lead: { readonly ecid: string; readonly emailSHA256: string }
}

/** Somebody new each time, so that no test meets another's people. */
export function newPerson(): TestPerson {
  const ecid = Array.from({ length: 38 }, () => randomInt(10)).join('')
  const email = createHash('sha256').update(`${ecid}@example.com`).digest('hex')
  return {
    ecid: `ECID:${ecid}`,
    email: `email_lc_sha256:${email}`,
    lead: { ecid, emailSHA256: email },
  }
}

export interface UpdateOptions {
  /** `ups` segment id → what is said of it. */
  readonly segments?: Readonly<
    Record<
      string,
      { readonly status: 'realized' | 'exited'; readonly atMs: number; readonly untilMs?: number }
    >
  >
  readonly consent?: 'y' | 'n'
  /** Whether the update names the e-mail beside the ECID. Default: yes. */
  readonly withEmail?: boolean
}

/** One line of NDJSON in Experience Platform's export format. */
export function updateLine(person: TestPerson, options: UpdateOptions): string {
  const { segments = {}, consent, withEmail = true } = options
  const ups = Object.fromEntries(
    Object.entries(segments).map(([id, { status, atMs, untilMs }]) => [
      id,
      {
        status,
        lastQualificationTime: timeOf(atMs),
        ...(untilMs === undefined ? {} : { validUntil: timeOf(untilMs) }),
      },
    ]),
  )
  return JSON.stringify({
    identityMap: {
      ECID: [{ id: person.lead.ecid, primary: true }],
      ...(withEmail ? { email_lc_sha256: [{ id: person.lead.emailSHA256 }] } : {}),
    },
    segmentMembership: { ups },
    ...(consent === undefined ? {} : { consents: { share: { val: consent } } }),
  })
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
