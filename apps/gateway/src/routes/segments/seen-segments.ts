import { randomUUID } from 'node:crypto'
import { Refusal, configure, noticeSegments, unnoticed } from '@segue/destinations'
import type { Sandbox } from '../../sandbox.ts'
import type { Services } from '../../services.ts'

/** Definitions that one change of the configuration makes. */
const noticedAtOnce = 500
/** In whose name definitions are made that nobody asked for. */
const actor = { name: 'segue' }

/**
 * Makes definitions of the segments that the stream has brought and that nobody has registered. The partitions' dictionaries are
 * where they are known; they are looked at only when somebody wants to know.
 */
export async function noticeSeenSegments(
  { configuration, config }: Pick<Services, 'configuration' | 'config'>,
  sandbox: Sandbox,
): Promise<void> {
  const opened = await Promise.all(
    Array.from({ length: config.partitionCount }, (_, partition) =>
      sandbox.ports.store.open(partition),
    ),
  )
  const seen = [...new Set(opened.flatMap(({ segments }) => segments))]
  const ports = { store: configuration, nowMs: Date.now, newId: randomUUID }
  const missing = unnoticed(await configuration.read(), sandbox.name, seen)
  for (let from = 0; from < missing.length; from += noticedAtOnce) {
    const part = missing.slice(from, from + noticedAtOnce)
    await configure(ports, actor, (now) => noticeSegments(now, sandbox.name, part))
  }
}

/** Runs a command; where it is refused since a segment is not known, once more with those that the stream has brought. */
export async function withNoticedSegments<Answer>(
  services: Pick<Services, 'configuration' | 'config'>,
  sandbox: Sandbox,
  run: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await run()
  } catch (error) {
    const isUnknown =
      error instanceof Refusal &&
      (error.code === 'SELECTOR_SEGMENT_UNKNOWN' || error.code === 'SEGMENT_UNKNOWN')
    if (!isUnknown) throw error
    await noticeSeenSegments(services, sandbox)
    return run()
  }
}
