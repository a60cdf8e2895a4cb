import { checkEtag, type Decision } from '../configuration/configure.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import type { RuleSettings } from './breaches.ts'
import {
  alertRuleDocumentId,
  alertRules,
  isAlertRule,
  ofEveryRule,
  type AlertRule,
  type AlertRuleSettings,
} from './rules.ts'

/** A rule as it is in a sandbox. */
export interface SetAlertRule {
  readonly rule: AlertRule
  readonly etag: string
  readonly settings: AlertRuleSettings
}

/** The etag of a rule that nobody has changed: a change must name it, so that two first changes cannot both be made. */
const untouchedEtag = '"default"'

/** @throws Refusal ALERT_RULE_UNKNOWN */
export function alertRule(
  configuration: Configuration,
  sandboxName: string,
  name: string,
): SetAlertRule {
  if (!isAlertRule(name)) {
    throw new Refusal('ALERT_RULE_UNKNOWN', 'there is no alert rule of this name')
  }
  const document = configuration.get('alertRule', alertRuleDocumentId(sandboxName, name))
  if (document === undefined) {
    return { rule: name, etag: untouchedEtag, settings: alertRules[name].defaults }
  }
  const { rule: _rule, sandboxName: _sandboxName, ...settings } = document.value
  return { rule: name, etag: document.etag, settings }
}

/** The settings of all rules in a sandbox. */
export function alertRuleSettings(configuration: Configuration, sandboxName: string): RuleSettings {
  return ofEveryRule((rule) => alertRule(configuration, sandboxName, rule).settings)
}

/**
 * Changes a rule's settings in a sandbox.
 * @param settings undefined: back to the defaults
 * @throws Refusal ALERT_RULE_UNKNOWN, IF_MATCH_MISSING, ETAG_STALE
 */
export function changeAlertRule(
  configuration: Configuration,
  sandboxName: string,
  name: string,
  settings: AlertRuleSettings | undefined,
  ifMatch: string | undefined,
): Decision<SetAlertRule> {
  const { rule, etag } = alertRule(configuration, sandboxName, name)
  checkEtag({ etag }, ifMatch)
  const value = settings && { sandboxName, rule, ...settings }
  const isUntouched = value === undefined && etag === untouchedEtag
  return {
    writes: isUntouched
      ? []
      : [{ kind: 'alertRule', id: alertRuleDocumentId(sandboxName, rule), value }],
    answer: (after) => alertRule(after, sandboxName, rule),
  }
}
