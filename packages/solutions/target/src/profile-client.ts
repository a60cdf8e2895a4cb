import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { refusal, refusalOfTrouble, retryRow } from '@segue/solution-kit'
import type { HttpClient, HttpResponse, Refusal } from '@segue/solution-kit'
import { classOfCode, refusalOfCode } from './codes.ts'
import type { ProfileToken } from './profile-token.ts'

/** One call to the Profile API. */
export interface ProfileCall {
  readonly method: 'GET' | 'POST'
  /** Below `/m2/<client code>/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** A form that is written already. */
  readonly form?: string
}

/** What a call came to. */
export type ProfileOutcome =
  | { readonly kind: 'answer'; readonly response: ProfileAnswer }
  /** HTTP 413: the caller may cut the call in two. */
  | { readonly kind: 'too-large'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly status?: number; readonly refusal: Refusal }

export type CallProfiles = (call: ProfileCall) => Promise<ProfileOutcome>

/** The elements of `<response>`, as text (`reference/solutions.md` §5.2). */
export interface ProfileAnswer {
  readonly success?: string | undefined
  readonly batchStatus?: string | undefined
  readonly status?: string | undefined
  readonly batchSize?: string | undefined
  readonly successfulUpdates?: string | undefined
  readonly profilesNotFound?: string | undefined
  readonly failedUpdates?: string | undefined
}

/**
 * Makes the function that calls of the Profile API go through: puts the profile token on where there is one, and repeats a call once, with another token,
 * where the first was not taken and another may be had.
 */
export function profileClient(options: {
  readonly http: HttpClient
  readonly url: URL
  readonly clientCode: string
  readonly token: ProfileToken
  readonly nowMs: () => number
}): CallProfiles {
  const base = new URL(`/m2/${options.clientCode}/`, options.url)
  return async (call) => {
    const first = await attempt(call)
    const last = first === 'again' ? await attempt(call) : first
    return last === 'again' ? tokenRefused() : last
  }

  async function attempt(call: ProfileCall): Promise<ProfileOutcome | 'again'> {
    const outcome = await options.token.get()
    if (outcome.kind === 'refused') return outcome
    const url = new URL(call.path, base)
    url.search = new URLSearchParams(call.query).toString()
    const headers: Record<string, string> = { accept: 'application/xml' }
    if (outcome.kind === 'token') {
      headers['authorization'] = `Bearer ${outcome.token.secret.reveal()}`
    }
    if (call.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
    const body = call.form === undefined ? {} : { body: call.form }
    const response = await options.http.request({ method: call.method, url, headers, ...body })
    if (response.kind !== 'response') {
      return { kind: 'refused', refusal: refusalOfTrouble(response) }
    }
    const result = read(response, options.nowMs())
    if (result !== 'token-refused') return result
    const more = outcome.kind === 'token' && options.token.refused(outcome.token)
    return more ? 'again' : tokenRefused()
  }

  function tokenRefused(): ProfileOutcome {
    return { kind: 'refused', refusal: options.token.refusal }
  }
}

function read(response: HttpResponse, nowMs: number): ProfileOutcome | 'token-refused' {
  const { status } = response
  if (status === 200) {
    const answer = readAnswer(response.body)
    return answer === undefined ? unreadable : { kind: 'answer', response: answer }
  }
  const because = refusalOfCode('bulk', `${status}`, response, nowMs)
  const kind = classOfCode('bulk', `${status}`)?.kind
  if (kind === 'authenticate') return 'token-refused'
  return kind === 'too-large'
    ? { kind, refusal: because }
    : { kind: 'refused', status, refusal: because }
}

const unreadable: ProfileOutcome = {
  kind: 'refused',
  refusal: refusal('ANSWER_UNREADABLE', retryRow(1_000, true)),
}

const text = z.string().optional()
const answerShape = z.object({
  response: z.object({
    success: text,
    batchStatus: text,
    status: text,
    batchSize: text,
    successfulUpdates: text,
    profilesNotFound: text,
    failedUpdates: text,
  }),
})

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true })

/** Reads `<response>…</response>`; undefined where it is something else. */
export function readAnswer(xml: string): ProfileAnswer | undefined {
  try {
    const result = answerShape.safeParse(parser.parse(xml, true))
    return result.success ? result.data.response : undefined
  } catch {
    return undefined
  }
}
