import { namespaceOf, parseProfileUpdate } from '@segue/model'
import { inputLines } from './input-lines.ts'

/** What has to be there before a file can be streamed. */
export interface InputScan {
  readonly lines: number
  /** `namespace:id` of every segment that an accepted line names, sorted. */
  readonly segments: readonly string[]
  readonly people: People
}

/** People that solutions must know before they take memberships of them, by solution. */
export interface People {
  readonly marketo: readonly Lead[]
  readonly campaign: readonly { readonly emailSHA256: string }[]
}

/** A person as the sandbox's Marketo takes it. */
export interface Lead {
  readonly emailSHA256?: string
  readonly ecid?: string
}

/** Reads a file once for its segments and people. Lines that would be rejected are passed over. */
export async function scanInput(file: string): Promise<InputScan> {
  const segments = new Set<string>()
  const people = new Map<string, Set<string>>()
  const nowMs = Date.now()
  let lines = 0
  for await (const line of inputLines(file)) {
    lines += 1
    const parsed = parseLine(line, nowMs)
    if (parsed === undefined) continue
    for (const { segment } of parsed.memberships) segments.add(segment)
    const identities = people.get(parsed.profileKey) ?? new Set()
    people.set(parsed.profileKey, identities)
    for (const identity of parsed.identities) identities.add(identity)
  }
  return {
    lines,
    segments: [...segments].toSorted(),
    people: {
      marketo: [...people.values()].flatMap((identities) => leadsOf([...identities])),
      // Campaign finds people by their hashed address alone: one each.
      campaign: Array.from(
        new Set([...people.values()].flatMap((identities) => idsOf([...identities], emailHash))),
        (emailSHA256) => ({ emailSHA256 }),
      ),
    },
  }
}

function parseLine(
  line: string,
  nowMs: number,
): Extract<ReturnType<typeof parseProfileUpdate>, { ok: true }>['update'] | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const parsed = parseProfileUpdate(value, nowMs)
  return parsed.ok ? parsed.update : undefined
}

/** One person has one e-mail and one ECID in Marketo: several of either are several people there. */
function leadsOf(identities: readonly string[]): Lead[] {
  const emails = idsOf(identities, emailHash)
  const ecids = idsOf(identities, 'ECID')
  return Array.from({ length: Math.max(emails.length, ecids.length) }, (_, index) => ({
    ...(emails[index] === undefined ? {} : { emailSHA256: emails[index] }),
    ...(ecids[index] === undefined ? {} : { ecid: ecids[index] }),
  }))
}

const emailHash = 'email_lc_sha256'

function idsOf(identities: readonly string[], namespace: string): string[] {
  return identities
    .filter((identity) => namespaceOf(identity) === namespace)
    .map((identity) => identity.slice(namespace.length + 1))
}
