import { checkEtag, type Decision, type Write } from '../configuration/configure.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import type { AlertRule } from './rules.ts'
import { subscriptionsLimit, type AlertChannel, type AlertSubscription } from './subscription.ts'

/** What somebody asks for; a webhook without a secret keeps the one it has, or gets a new one. */
export interface SubscriptionWish {
  readonly flowId?: string
  readonly rules: readonly AlertRule[]
  readonly enabled: boolean
  readonly channel:
    | { readonly type: 'webhook'; readonly url: string; readonly secret?: string }
    | { readonly type: 'email'; readonly to: string }
}

/** What somebody asks for together with a new flow. */
export type FlowSubscription = Pick<SubscriptionWish, 'rules' | 'channel'>

type Subscribed = Document<'alertSubscription'>

/**
 * Subscribes to alerts.
 * @param newSecret for a webhook that brings none
 * @throws Refusal SUBSCRIPTION_INVALID, SUBSCRIPTION_LIMIT
 */
export function subscribe(
  configuration: Configuration,
  sandboxName: string,
  id: string,
  wish: SubscriptionWish,
  newSecret: string,
): Decision<Subscribed> {
  refuseBeyondLimit(configuration, sandboxName, 1)
  return written(id, subscriptionOf(configuration, sandboxName, wish, newSecret))
}

/**
 * Replaces a subscription; its secret stays unless the wish brings another.
 * @throws Refusal SUBSCRIPTION_UNKNOWN, IF_MATCH_MISSING, ETAG_STALE, SUBSCRIPTION_INVALID
 */
export function changeSubscription(
  configuration: Configuration,
  sandboxName: string,
  id: string,
  wish: SubscriptionWish,
  ifMatch: string | undefined,
  newSecret: string,
): Decision<Subscribed> {
  const known = subscription(configuration, sandboxName, id)
  checkEtag(known, ifMatch)
  const { channel } = known.value
  const secret = channel.type === 'webhook' ? channel.secret : newSecret
  return written(id, subscriptionOf(configuration, sandboxName, wish, secret))
}

/** @throws Refusal SUBSCRIPTION_UNKNOWN, IF_MATCH_MISSING, ETAG_STALE */
export function unsubscribe(
  configuration: Configuration,
  sandboxName: string,
  id: string,
  ifMatch: string | undefined,
): Decision<undefined> {
  checkEtag(subscription(configuration, sandboxName, id), ifMatch)
  return {
    writes: [{ kind: 'alertSubscription', id, value: undefined }],
    answer: () => undefined,
  }
}

/** @throws Refusal SUBSCRIPTION_UNKNOWN, for one of another sandbox too */
export function subscription(
  configuration: Configuration,
  sandboxName: string,
  id: string,
): Subscribed {
  const known = configuration.get('alertSubscription', id)
  if (known === undefined || known.value.sandboxName !== sandboxName) {
    throw new Refusal(
      'SUBSCRIPTION_UNKNOWN',
      'the sandbox has no subscription to alerts of this id',
    )
  }
  return known
}

/** The sandbox's subscriptions, oldest first. */
export function subscriptionsOf(
  configuration: Configuration,
  sandboxName: string,
): readonly Subscribed[] {
  return configuration
    .all('alertSubscription')
    .filter(({ value }) => value.sandboxName === sandboxName)
}

function written(id: string, value: AlertSubscription): Decision<Subscribed> {
  const write: Write = { kind: 'alertSubscription', id, value }
  return {
    writes: [write],
    answer: (after) => subscription(after, value.sandboxName, id),
  }
}

/**
 * Subscribes to a flow's alerts in the same change that makes the flow.
 * @param decision makes one flow
 * @param wishes a webhook must bring its secret: what answers for the flow has no place to show one
 * @throws Refusal SUBSCRIPTION_INVALID, with pointers into `alerts`; SUBSCRIPTION_LIMIT
 */
export function subscribeWithFlow<Answer>(
  configuration: Configuration,
  decision: Decision<Answer>,
  wishes: readonly FlowSubscription[],
  newId: () => string,
): Decision<Answer> {
  const made = decision.writes.find(({ kind }) => kind === 'flow')
  if (wishes.length === 0 || made?.kind !== 'flow' || made.value === undefined) return decision
  const { sandboxName } = made.value
  refuseBeyondLimit(configuration, sandboxName, wishes.length)
  const writes = wishes.map(({ rules, channel }, index): Write => {
    const pointer = `/alerts/${index}`
    if (channel.type === 'webhook' && channel.secret === undefined) {
      throw invalid(`${pointer}/channel/secret`, 'bring the secret that messages are signed with')
    }
    return {
      kind: 'alertSubscription',
      id: newId(),
      value: {
        sandboxName,
        flowId: made.id,
        rules,
        enabled: true,
        channel: channelOf(channel, '', pointer),
      },
    }
  })
  return { ...decision, writes: [...decision.writes, ...writes] }
}

function refuseBeyondLimit(configuration: Configuration, sandboxName: string, more: number): void {
  if (subscriptionsOf(configuration, sandboxName).length + more > subscriptionsLimit) {
    throw new Refusal(
      'SUBSCRIPTION_LIMIT',
      `a sandbox has at most ${subscriptionsLimit} subscriptions to alerts`,
    )
  }
}

function subscriptionOf(
  configuration: Configuration,
  sandboxName: string,
  { flowId, rules, enabled, channel }: SubscriptionWish,
  secret: string,
): AlertSubscription {
  if (
    flowId !== undefined &&
    configuration.get('flow', flowId)?.value.sandboxName !== sandboxName
  ) {
    throw invalid('/flowId', 'the sandbox has no flow of this id')
  }
  return {
    sandboxName,
    ...(flowId === undefined ? {} : { flowId }),
    rules,
    enabled,
    channel: channelOf(channel, secret),
  }
}

/**
 * Checks how somebody is to be told.
 * @param pointer to what the channel is in
 */
function channelOf(
  channel: SubscriptionWish['channel'],
  secret: string,
  pointer = '',
): AlertChannel {
  if (channel.type === 'email') {
    if (!emailPattern.test(channel.to)) {
      throw invalid(`${pointer}/channel/to`, 'this is not one plain e-mail address')
    }
    return channel
  }
  const url = URL.parse(channel.url)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid(`${pointer}/channel/url`, 'this is not an http or https URL')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      `${pointer}/channel/url`,
      'credentials do not belong in the URL: messages are signed',
    )
  }
  if (channel.secret !== undefined && !isSigningSecret(channel.secret)) {
    throw invalid(
      `${pointer}/channel/secret`,
      'a secret is whsec_ and the base64 of 24 to 64 bytes',
    )
  }
  return { type: 'webhook', url: url.href, secret: channel.secret ?? secret }
}

function invalid(pointer: string, detail: string): Refusal {
  return new Refusal('SUBSCRIPTION_INVALID', detail, { errors: [{ pointer, detail }] })
}

/** One address and nothing else: no list, no comment, no name, no line break. */
const emailPattern =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/

const secretPrefix = 'whsec_'

/** Secrets as the Standard Webhooks specification has them. */
function isSigningSecret(text: string): boolean {
  if (!text.startsWith(secretPrefix)) return false
  const base64 = text.slice(secretPrefix.length)
  const key = signingKey(text)
  return key.length >= 24 && key.length <= 64 && Buffer.from(key).toString('base64') === base64
}

/** The bytes that a secret stands for. */
export function signingKey(secret: string): Uint8Array {
  return Buffer.from(secret.slice(secretPrefix.length), 'base64')
}

/** @param bytes random ones, 24 to 64 */
export function signingSecret(bytes: Uint8Array): string {
  return secretPrefix + Buffer.from(bytes).toString('base64')
}
