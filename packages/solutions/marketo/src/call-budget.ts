import { z } from 'zod'
import { refusal, retrySolution } from '@segue/solution-kit'
import type { Refusal, SolutionLog } from '@segue/solution-kit'
import type { CallMarketo } from './marketo-client.ts'
import { cstDate, msUntilQuotaReset } from './quota-reset.ts'

const usageShape = z.object({ date: z.string().optional(), total: z.coerce.number().int().min(0) })

/**
 * Stands in front of all calls and stops before the instance's quota of the day is spent, which its other integrations need as well
 * (`reference/solutions.md` §6.4). How much is used is what Marketo itself says (`stats/usage.json`), read at the first call and then at most
 * every `checkMs` while calls go out, plus the calls from here since. Where Marketo does not tell, only these count.
 * Past the bound every call is refused until 00:00 CST; nothing is sent meanwhile.
 * @param callsPerDay the instance's quota; 0: not bounded here
 * @param share the part of it that may be used, by everybody together, before the calls from here stop: above 0, at most 1
 */
export function budgetedCalls(options: {
  readonly call: CallMarketo
  readonly callsPerDay: number
  readonly share: number
  readonly checkMs: number
  readonly log: SolutionLog
  readonly nowMs: () => number
}): CallMarketo {
  const { call, callsPerDay, log, nowMs } = options
  if (callsPerDay === 0) return call
  const bound = Math.floor(callsPerDay * options.share)
  let day = ''
  let used = 0
  let checkAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let known = false

  return async (request) => {
    await refresh()
    if (used >= bound) return { kind: 'refused', refusal: spent() }
    used += 1
    return call(request)
  }

  /** Starts the day anew, and reads the usage where it is time: the first call waits for it, later ones go on with what is known. */
  async function refresh(): Promise<void> {
    const today = cstDate(nowMs())
    if (today !== day) {
      day = today
      used = 0
    }
    if (reading !== undefined) {
      if (!known) await reading
      return
    }
    // Past the bound there is nothing to learn before the day is over.
    if (nowMs() < checkAtMs || used >= bound) return
    checkAtMs = nowMs() + options.checkMs
    reading = read(today).finally(() => {
      reading = undefined
      known = true
    })
    await reading
  }

  async function read(today: string): Promise<void> {
    const before = used
    const outcome = await call({ method: 'GET', path: 'rest/v1/stats/usage.json' })
    const record = outcome.kind === 'answer' ? outcome.answer.result?.[0] : undefined
    const usage = usageShape.safeParse(record)
    if (!usage.success) {
      const code = outcome.kind === 'answer' ? 'ANSWER_UNREADABLE' : outcome.refusal.code
      log({ level: 'warn', event: 'usage_unknown', fields: { code } })
      return
    }
    // Shortly after the reset Marketo may still speak of yesterday: believing that would lose a day.
    const { date, total } = usage.data
    if (day !== today || (date !== undefined && date !== today)) return
    // What went out while it was read may be in the number or not.
    used = Math.max(total + (used - before), used)
    log({ level: 'info', event: 'usage', fields: { used, bound } })
  }

  function spent(): Refusal {
    const detail = `${used} of ${callsPerDay} calls of the day are used: see callsPerDay and dailyCallShare`
    const verdict = retrySolution(msUntilQuotaReset(nowMs()), false)
    return refusal('DAILY_CALL_SHARE', verdict, detail)
  }
}
