import { alertRules, type Alert, type AlertMessage } from '@segue/destinations'

/** What people read of a message; one line each. */
export interface Wording {
  readonly title: string
  readonly lines: readonly string[]
}

/** Words for a message. Control characters of names become spaces: a name cannot add a line, nor a header. */
export function wordingOf({ change, alert }: AlertMessage): Wording {
  if (alert === undefined) {
    return {
      title: 'Segue: test message',
      lines: ['Somebody asked for this message, to see whether it arrives. Nothing is wrong.'],
    }
  }
  const { name, meaning, remedy } = alertRules[alert.rule]
  const what = [name, alert.solution, alert.flowName, alert.queue].flatMap((part) => part ?? [])
  const state = change === 'raised' ? alert.severity : 'resolved'
  return {
    title: oneLine(`Segue ${state}: ${what.join(', ')} (${alert.sandboxName})`),
    lines: [
      change === 'raised' ? meaning : overText(alert),
      ...(change === 'raised'
        ? [alert.detail, `What to do: ${remedy}`]
        : [`It was: ${alert.detail}`]),
      ...(alert.code === undefined ? [] : [`Code: ${alert.code}`]),
      `Since: ${new Date(alert.raisedAtMs).toISOString()}`,
      `Alert: ${alert.id}`,
    ].map(oneLine),
  }
}

function overText({ resolvedAtMs, resolvedBy }: Alert): string {
  const at = new Date(resolvedAtMs ?? 0).toISOString()
  return resolvedBy === 'rule-disabled'
    ? `Nobody looks any more since ${at}: the rule was switched off.`
    : `It is over since ${at}.`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
