import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { alertRuleNames } from './rules.ts'

const operations = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')

test('docs/operations.md says under a heading of its own what each alert means and what to do', () => {
  const alerts = operations.split(/^## /m).find((part) => part.startsWith('Alerts\n')) ?? ''
  const headings = [...alerts.matchAll(/^### `([a-z-]+)`\n\n.{80,}/gm)].map(([, rule]) => rule)
  expect(headings).toEqual([...alertRuleNames])
})
