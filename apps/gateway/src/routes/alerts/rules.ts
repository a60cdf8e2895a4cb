import { alertRule, alertRuleNames, alertRules, changeAlertRule } from '@segue/destinations'
import type { AlertRuleSettings, SetAlertRule } from '@segue/destinations'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { sandboxOf } from '../../sandbox.ts'
import { configureAs } from '../../services.ts'
import type { Services } from '../../services.ts'
import { ifMatchHeaders } from '../patched.ts'
import { answers, sandboxHeaders } from '../schemas.ts'
import { alertRuleSchema } from './alert-schemas.ts'

const url = '/v1/alerts/rules'
const daySecs = 86_400
const countMax = 1_000_000_000

/** `/v1/alerts/rules`: what is looked for, and with which thresholds. */
export function alertRuleRoutes(gateway: FastifyInstance, services: Services): void {
  gateway.route({
    method: 'GET',
    url,
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Lists what is looked for, with the thresholds of the sandbox',
      headers: sandboxHeaders,
      response: answers({ 200: Type.Object({ rules: Type.Array(ruleSchema) }) }),
    },
    handler: async (request) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const configuration = await services.configuration.read()
      return { rules: alertRuleNames.map((rule) => viewRule(alertRule(configuration, name, rule))) }
    },
  })

  gateway.route<{ Params: { rule: string } }>({
    method: 'GET',
    url: `${url}/:rule`,
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Shows a rule',
      headers: sandboxHeaders,
      params: ruleParams,
      response: answers({ 200: ruleSchema }),
    },
    handler: async (request, reply) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const configuration = await services.configuration.read()
      return answerWith(reply, alertRule(configuration, name, request.params.rule))
    },
  })

  gateway.route<{ Params: { rule: string }; Body: AlertRuleSettings }>({
    method: 'PUT',
    url: `${url}/:rule`,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Sets the thresholds of a rule in the sandbox',
      description:
        'A rule that is switched off ends its alerts. A rule that nobody has changed has the etag `"default"`.',
      headers: Type.Intersect([sandboxHeaders, ifMatchHeaders]),
      params: ruleParams,
      body: settingsSchema,
      response: answers({ 200: ruleSchema }),
    },
    handler: async (request, reply) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const ifMatch = request.headers['if-match']
      const changed = await configureAs(services, request, (configuration) =>
        changeAlertRule(configuration, name, request.params.rule, request.body, ifMatch),
      )
      return answerWith(reply, changed)
    },
  })

  gateway.route<{ Params: { rule: string } }>({
    method: 'DELETE',
    url: `${url}/:rule`,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Takes a rule of the sandbox back to its defaults',
      headers: Type.Intersect([sandboxHeaders, ifMatchHeaders]),
      params: ruleParams,
      response: answers({ 200: ruleSchema }),
    },
    handler: async (request, reply) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const ifMatch = request.headers['if-match']
      const changed = await configureAs(services, request, (configuration) =>
        changeAlertRule(configuration, name, request.params.rule, undefined, ifMatch),
      )
      return answerWith(reply, changed)
    },
  })
}

function answerWith(reply: FastifyReply, rule: SetAlertRule): object {
  reply.header('etag', rule.etag)
  return viewRule(rule)
}

function viewRule({ rule, etag, settings }: SetAlertRule): object {
  return { rule, ...alertRules[rule], ...settings, etag }
}

const ruleParams = Type.Object({ rule: Type.String({ maxLength: 80 }) })

const settingsFields = {
  enabled: Type.Boolean(),
  threshold: Type.Number({
    minimum: 0,
    maximum: countMax,
    description: 'Raised above this, in the unit of the rule.',
  }),
  raiseAfterSecs: Type.Integer({
    minimum: 0,
    maximum: daySecs,
    description: 'How long it must have been so.',
  }),
  resolveAfterSecs: Type.Integer({
    minimum: 0,
    maximum: daySecs,
    description: 'How long it must have been over.',
  }),
  recordsMin: Type.Integer({
    minimum: 0,
    maximum: countMax,
    description: 'A run with fewer records says nothing; for rules about a share.',
  }),
}
const settingsSchema = Type.Object(settingsFields, {
  title: 'AlertRuleSettings',
  additionalProperties: false,
})
const ruleSchema = Type.Object(
  {
    rule: alertRuleSchema,
    name: Type.String(),
    meaning: Type.String(),
    remedy: Type.String(),
    severity: Type.String(),
    about: Type.String({ description: 'There is one alert for each of these.' }),
    unit: Type.String(),
    defaults: Type.Object(settingsFields),
    ...settingsFields,
    etag: Type.String(),
  },
  { title: 'AlertRule' },
)
