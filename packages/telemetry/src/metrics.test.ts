import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricTable, metricTableMarkdown } from './metric-table.ts'
import type { MetricRow } from './metric-table.ts'
import { createMetrics } from './metrics.ts'

test('what is counted shows under its name and labels, beside the metrics of the process', async () => {
  const metrics = createMetrics()
  metrics.counter('segue_updates_accepted_total').inc({ sandbox: 'prod' }, 3)
  metrics.counter('segue_updates_accepted_total').inc({ sandbox: 'prod' }, 4)
  metrics.gauge('segue_redis_up').set(1)
  metrics.histogram('segue_append_group_records').observe({ sandbox: 'prod' }, 7)

  const { body, contentType } = await metrics.exposition()

  expect(contentType).toContain('text/plain')
  expect(body).toContain('segue_updates_accepted_total{sandbox="prod"} 7')
  expect(body).toContain('segue_redis_up 1')
  expect(body).toContain('segue_append_group_records_bucket{le="10",sandbox="prod"} 1')
  expect(body).toContain('process_resident_memory_bytes')
  expect(body).not.toContain('segue_outbox_rows')
})

test('two sets of metrics do not see each other', async () => {
  createMetrics().gauge('segue_redis_up').set(1)
  const { body } = await createMetrics().exposition()
  expect(body).not.toContain('segue_redis_up')
})

test('names keep to the rules of Prometheus: counters end in _total, nothing else does', () => {
  for (const [name, { kind }] of Object.entries<MetricRow>(metricTable)) {
    expect(name).toMatch(/^segue_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(kind === 'counter')
  }
})

test('README shows the table as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(unpadded(readme)).toContain(unpadded(metricTableMarkdown()))
})

/** Without what a formatter adds to line the columns up. */
function unpadded(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')
}
