/** Codes of this folder's refusals. */
export const alertCodes = {
  ALERT_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no alert of this id, or it is no longer kept.',
    remedy: 'See `GET /v1/alerts`. Alerts that are over are kept for 90 days.',
  },
  ALERT_OVER: {
    status: 409,
    meaning: 'The alert is over: there is nothing to acknowledge.',
    remedy: 'Nothing.',
  },
  ALERT_ACKNOWLEDGED: {
    status: 409,
    meaning: 'Somebody has acknowledged the alert already.',
    remedy: 'Read the alert: it says who, and when.',
  },
  ALERT_RULE_UNKNOWN: {
    status: 404,
    meaning: 'There is no alert rule of this name.',
    remedy: 'See `GET /v1/alerts/rules`.',
  },
  SUBSCRIPTION_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no subscription to alerts of this id.',
    remedy: 'See `GET /v1/alerts/subscriptions`.',
  },
  SUBSCRIPTION_INVALID: {
    status: 400,
    meaning: 'The subscription cannot be told of anything; `pointer` names what is wrong.',
    remedy: 'Read the detail and correct it.',
  },
  SUBSCRIPTION_LIMIT: {
    status: 409,
    meaning: 'The sandbox has as many subscriptions to alerts as it may.',
    remedy: 'Remove one, or have one receiver pass messages on.',
  },
  MESSAGES_WAIT: {
    status: 503,
    meaning: 'So many messages wait to be sent that no more are taken.',
    remedy:
      'See to it that the receivers of alerts answer, and that a processor runs the role `monitoring`.',
  },
} as const
