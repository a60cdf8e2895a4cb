import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spelled, type SolutionName } from './solution-name.ts'

/** A file by its path below a folder, with its text. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** The package that is copied, below the root. It is one level nearer to the root than its copies. */
export const templateFolder = 'tools/solution-template'
const own = spelled('example-lists')

/** The template's files as those of a new solution in `packages/solutions/<name>`. */
export function filesFromTemplate(root: string, name: SolutionName): readonly TextFile[] {
  return filesIn(join(root, templateFolder)).map(({ path, text }) => ({
    path: renamed(path, name),
    text: renamed(moved(path, withoutNote(text)), name),
  }))
}

function filesIn(folder: string): readonly TextFile[] {
  const top = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
  const below = ['src', 'test'].flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => `${part}/${name}`),
  )
  return [...top, ...below].map((path) => ({
    path,
    text: readFileSync(join(folder, path), 'utf8'),
  }))
}

function renamed(text: string, name: SolutionName): string {
  return text
    .replaceAll(own.kebab, name.kebab)
    .replaceAll(own.camel, name.camel)
    .replaceAll(own.pascal, name.pascal)
    .replaceAll(own.title, name.title)
}

/** A path that climbs to the root has one level more to climb. */
function moved(path: string, text: string): string {
  const levels = path.split('/').length + 1
  const toRoot = new RegExp(String.raw`(?<!\.\./)(?:\.\./){${levels}}(?!\.\./)`, 'g')
  return text.replaceAll(toRoot, '../'.repeat(levels + 1))
}

/** What the template says of itself stands between two marks. */
function withoutNote(text: string): string {
  return text.replace(/<!-- template -->[\s\S]*<!-- \/template -->\n+/, '')
}
