import { isObject, isTexts } from '../json/json.ts'
import { type Profile, valueOf } from './profiles.ts'

/** Whether a profile is in the audience. */
export type Rule = (profile: Profile) => boolean

/** Deeper rules are refused: nobody writes them, and reading them must end. */
const deepest = 20

/**
 * Reads a `targetRule` (reference §5.3): `and`, `or` and `not` [I] over conditions, of which a profile attribute that
 * `equals` one of some values, case and all, is decided here. Conditions on other things (page, geo) and with other
 * operators are rules too; an audience that has one is met by nobody, since a stored profile alone cannot decide it [I].
 * @returns undefined for what is no rule
 */
export function readTargetRule(given: unknown): Rule | undefined {
  const read = readNode(given, 0)
  if (read === undefined) return undefined
  return read === 'undecided' ? () => false : read
}

/** `undefined` is no rule; `undecided` is one that asks for more than a profile. */
type Read = Rule | 'undecided' | undefined

function readNode(given: unknown, depth: number): Read {
  if (!isObject(given) || depth > deepest) return undefined
  const keys = Object.keys(given)
  const [key] = keys
  if (key === 'and' || key === 'or') {
    const parts = given[key]
    if (keys.length > 1 || !Array.isArray(parts) || parts.length === 0) return undefined
    const read: Read[] = parts.map((part) => readNode(part, depth + 1))
    if (read.includes(undefined)) return undefined
    if (read.includes('undecided')) return 'undecided'
    const rules = read.filter((rule) => typeof rule === 'function')
    return key === 'and'
      ? (profile) => rules.every((rule) => rule(profile))
      : (profile) => rules.some((rule) => rule(profile))
  }
  if (key === 'not') {
    const read = keys.length > 1 ? undefined : readNode(given[key], depth + 1)
    return typeof read === 'function' ? (profile) => !read(profile) : read
  }
  return readCondition(given, keys)
}

/** `{"profile":"memberLevel","equals":["gold"]}`: a subject, and an operator with its values. */
function readCondition(given: Readonly<Record<string, unknown>>, keys: readonly string[]): Read {
  if (keys.length < 2) return undefined
  const { profile: name, equals } = given
  if (name === undefined || equals === undefined || keys.length > 2) return 'undecided'
  if (typeof name !== 'string' || name === '') return undefined
  if (!isTexts(equals) || equals.length === 0) return undefined
  const values = new Set(equals)
  return (profile) => {
    const value = valueOf(profile, name)
    return value !== undefined && values.has(value)
  }
}
