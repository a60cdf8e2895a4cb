import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricTable, type MetricRow } from './metric-table.ts'

function doc(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
}

/** Names as they are shown: a histogram shows three. */
const shown = new Set(
  Object.entries<MetricRow>(metricTable).flatMap(([name, { kind }]) =>
    kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
)

function named(text: string): readonly string[] {
  return [...text.matchAll(/\bsegue_[a-z_]+/g)].map(([name]) => name)
}

interface Rule {
  alert: string
  expr: string
  labels: string[]
}

/** Reads the little of YAML that the file is made of, and refuses all else. */
function rulesOf(yaml: string): readonly Rule[] {
  const rules: Rule[] = []
  const head = ['groups:', '  - name: segue', '    rules:']
  for (const line of yaml.split('\n')) {
    if (line === '' || line.startsWith('#') || head.includes(line)) continue
    const [, first, field = '', value = ''] =
      /^ {6}(- | {2})(alert|expr|for|labels|annotations): (\S.*)$/.exec(line) ?? []
    if (first === undefined) throw new Error(`not read: ${line}`)
    if (first === '- ') rules.push({ alert: value, expr: '', labels: [] })
    const rule = rules.at(-1)
    if (rule === undefined || (field === 'alert') !== (first === '- ')) throw new Error(line)
    if (field === 'expr') {
      rule.expr = value
      const labels = [...value.matchAll(/by \(([^)]*)\)|([a-z]+)=~?"/g)]
      rule.labels = labels.flatMap(([, by, own]) => by?.split(', ') ?? own ?? [])
    }
  }
  return rules
}

test('rules for Prometheus name metrics and labels that there are, each alert once', () => {
  const rules = rulesOf(doc('prometheus-rules.yml'))
  expect(rules.length).toBeGreaterThan(8)
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  for (const { alert, expr, labels } of rules) {
    expect(alert).toMatch(/^Segue[A-Za-z]+$/)
    const [name = ''] = named(expr)
    expect(named(expr)).toEqual([name])
    expect(shown).toContain(name)
    const rows = new Map<string, MetricRow>(Object.entries(metricTable))
    const own = rows.get(name) ?? rows.get(name.replace(/_(?:bucket|sum|count)$/, ''))
    for (const label of labels) expect(['le', ...(own?.labels ?? [])]).toContain(label)
    // What only grows is looked at by how fast it does.
    const isRate = /(?:rate|increase)\(/.test(expr)
    expect(isRate || own?.kind === 'gauge').toBe(true)
  }
})

test('docs/operations.md names no metric that there is not', () => {
  const names = named(doc('operations.md'))
  expect(names.length).toBeGreaterThan(8)
  for (const name of names) expect(shown).toContain(name)
})
