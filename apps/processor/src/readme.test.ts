import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settingNames } from './config.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('README’s table has every setting that is read, and no other', () => {
  const shown = readme
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+`/.test(line))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)])
    .flatMap(([, name]) => name ?? [])
  expect(shown.toSorted()).toEqual([...settingNames].toSorted())
})
