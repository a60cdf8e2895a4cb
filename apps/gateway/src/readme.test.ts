import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { permissionsMarkdown } from './access/permissions.ts'
import { gatewayCodesMarkdown } from './codes.ts'
import { settingsMarkdown } from './config.ts'

const readme = unpadded(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))

test.each([
  ['the settings', settingsMarkdown()],
  ['the codes', gatewayCodesMarkdown()],
  ['the permissions', permissionsMarkdown()],
])('README shows %s as they are', (_, table) => {
  expect(readme).toContain(unpadded(table))
})

/** Without what a formatter adds to line the columns up. */
function unpadded(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')
}
