import type { FastifyRequest } from 'fastify'
import { bodyOf } from '../http/server.ts'
import { isObject, parseObject } from '../json/json.ts'
import type { Account } from './account.ts'
import { invalidInput } from './admin-errors.ts'
import type { Audience, AudienceFields } from './audiences.ts'
import { readTargetRule } from './target-rule.ts'

const longestName = 255
const types = ['reusable', 'anonymous', 'property']

/**
 * Reads what a call says of an audience, and checks it (reference §5.3). Fields that the API sets itself are passed over.
 * @param before the audience that the fields lie over (PATCH), or none (POST, PUT)
 * @param id the audience's own, whose name is not taken by somebody else
 * @throws AdminRefused 400
 */
export function readAudienceFields(
  request: FastifyRequest,
  { settings, audiences }: Account,
  before: Audience | undefined,
  id: number | undefined,
): AudienceFields {
  const given = parseObject(bodyOf(request).toString())
  if (given === undefined) throw invalidInput('the body must be a JSON object')
  const name = textOf(given, 'name', before?.name)
  if (name.trim() === '' || name.length > longestName) {
    throw invalidInput(`name must have 1 to ${longestName} characters`)
  }
  const workspace = textOf(given, 'workspace', before?.workspace ?? settings.workspace)
  if (workspace !== settings.workspace) throw invalidInput('workspace is not known')
  const type = textOf(given, 'type', before?.type ?? 'reusable')
  if (!types.includes(type)) throw invalidInput(`type must be one of ${types.join(', ')}`)
  const holder = audiences.byName(name, workspace)
  if (settings.uniqueNames && holder !== undefined && holder.id !== id) {
    throw invalidInput('name is taken by another audience')
  }
  return {
    name,
    description: textOf(given, 'description', before?.description ?? ''),
    workspace,
    type,
    ...ruleOf(given, before),
  }
}

/** `targetRule` or `audienceRule`, never both. */
function ruleOf(
  given: Readonly<Record<string, unknown>>,
  before: Audience | undefined,
): Pick<AudienceFields, 'targetRule' | 'audienceRule'> {
  const { targetRule = null, audienceRule = null } = given
  if (targetRule !== null && audienceRule !== null) {
    throw invalidInput('targetRule and audienceRule cannot be mixed')
  }
  if (targetRule !== null) {
    if (readTargetRule(targetRule) === undefined) throw invalidInput('targetRule is not a rule')
    return { targetRule }
  }
  if (audienceRule !== null) {
    if (!isObject(audienceRule)) throw invalidInput('audienceRule is not a rule')
    return { audienceRule }
  }
  if (before === undefined) throw invalidInput('targetRule or audienceRule is required')
  const { targetRule: kept, audienceRule: keptOther } = before
  return kept === undefined ? { audienceRule: keptOther } : { targetRule: kept }
}

function textOf(
  given: Readonly<Record<string, unknown>>,
  field: string,
  byDefault: string | undefined,
): string {
  const value = given[field] ?? byDefault
  if (typeof value === 'string') return value
  throw invalidInput(value === undefined ? `${field} is required` : `${field} must be a string`)
}
