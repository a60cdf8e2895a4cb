import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'

export interface Session {
  readonly sessionToken: string
  readonly securityToken: string
}

/** The tokens of those who are logged on (reference §4.2). */
export interface Sessions {
  readonly open: () => Session
  /** Both tokens are needed, and they must belong together. */
  readonly isLive: (session: Session) => boolean
  readonly close: (sessionToken: string) => void
}

/** Sessions that are remembered; older ones end. */
const sessionsKept = 10_000

export function createSessions(ttlS: number, clock: Clock): Sessions {
  const sessions = new Map<string, { securityToken: string; untilMs: number }>()
  return {
    open: () => {
      const sessionToken = `___${randomUUID().toUpperCase()}`
      const securityToken = `@${randomBytes(64).toString('base64url')}==`
      sessions.set(sessionToken, { securityToken, untilMs: clock.nowMs() + ttlS * 1000 })
      for (const oldest of sessions.keys()) {
        if (sessions.size <= sessionsKept) break
        sessions.delete(oldest)
      }
      return { sessionToken, securityToken }
    },
    isLive: ({ sessionToken, securityToken }) => {
      const held = sessions.get(sessionToken)
      return held?.securityToken === securityToken && clock.nowMs() < held.untilMs
    },
    close: (sessionToken) => {
      sessions.delete(sessionToken)
    },
  }
}
