import type { FastifyInstance } from 'fastify'
import type { Consumer } from './consumer.ts'
import type { MappingDrop } from './mapping-drop.ts'
import type { Segments } from './segments.ts'

/**
 * The sandbox's own paths for what the DSP shows on its pages only [I]: segments of the source with their counts by kind of
 * id and their members, what became of the stream's lines, and reports of mapping files. No authentication.
 */
export function dspRoutes(
  app: FastifyInstance,
  segments: Segments,
  consumer: Consumer,
  drop: MappingDrop,
  nowMs: () => number,
): void {
  app.get('/dsp/segments', { config: { operation: 'dsp.segments' } }, () => ({
    segments: [...segments.all()].map(({ key, name, description, windowDays }) => {
      const members = segments.members(key, nowMs())
      const counts: Record<string, number> = {}
      for (const identity of members) {
        const namespace = identity.slice(0, identity.indexOf(':'))
        counts[namespace] = (counts[namespace] ?? 0) + 1
      }
      return { key, name, description, windowDays, counts, members }
    }),
  }))
  app.get('/dsp/lines', { config: { operation: 'dsp.lines' } }, () => ({
    pending: consumer.pending(),
    lines: consumer.counts(),
    unmapped: consumer.unmapped(),
  }))
  app.get('/dsp/mapping-files', { config: { operation: 'dsp.mappingFiles' } }, () => ({
    reports: drop.reports(),
  }))
}
