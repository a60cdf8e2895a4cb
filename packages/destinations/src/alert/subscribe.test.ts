import { expect, test } from 'vitest'
import { configure, type Decision, type Write } from '../configuration/configure.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { memoryConfiguration } from '../testing/memory-configuration.ts'
import { alertRule, alertRuleSettings, changeAlertRule } from './change-rule.ts'
import { alertRules } from './rules.ts'
import {
  changeSubscription,
  signingSecret,
  subscribe,
  subscribeWithFlow,
  subscription,
  subscriptionsOf,
  unsubscribe,
  type SubscriptionWish,
} from './subscribe.ts'
import { subscriptionsLimit } from './subscription.ts'

const secret = signingSecret(new Uint8Array(32))
const wish: SubscriptionWish = {
  rules: ['lag'],
  enabled: true,
  channel: { type: 'webhook', url: 'https://hooks.example/x' },
}

function organisation() {
  const store = memoryConfiguration()()
  let ids = 0
  const ports = { store, nowMs: () => 7, newId: () => `id-${(ids += 1)}` }
  return {
    store,
    run: <Answer>(decide: (configuration: Configuration) => Decision<Answer>) =>
      configure(ports, { name: 'ana' }, decide),
  }
}

test('a subscription is made, changed by its etag, and removed', async () => {
  const { run, store } = organisation()
  const made = await run((all) => subscribe(all, 'prod', 's', wish, secret))
  expect(made.value.channel).toEqual({ ...wish.channel, secret })
  const email: SubscriptionWish = { ...wish, channel: { type: 'email', to: 'ops@example.com' } }
  const change = (ifMatch: string | undefined, sandbox = 'prod', own = email) =>
    run((all) => changeSubscription(all, sandbox, 's', own, ifMatch, secret))
  await expect(change(undefined)).rejects.toMatchObject({ code: 'IF_MATCH_MISSING' })
  await expect(change('"old"')).rejects.toMatchObject({ code: 'ETAG_STALE' })
  await expect(change(made.etag, 'dev')).rejects.toMatchObject({ code: 'SUBSCRIPTION_UNKNOWN' })
  const changed = await change(made.etag)
  expect(changed.value.channel).toEqual(email.channel)
  await expect(change(made.etag)).rejects.toMatchObject({ code: 'ETAG_STALE' })
  await expect(run((all) => unsubscribe(all, 'prod', 's', made.etag))).rejects.toMatchObject({
    code: 'ETAG_STALE',
  })
  await run((all) => unsubscribe(all, 'prod', 's', changed.etag))
  const configuration = await store.read()
  expect(() => subscription(configuration, 'prod', 's')).toThrow('no subscription')
  expect(subscriptionsOf(configuration, 'prod')).toEqual([])
})

test('a secret stays as it is unless another is brought', async () => {
  const { run } = organisation()
  const made = await run((all) => subscribe(all, 'prod', 's', wish, secret))
  const other = signingSecret(new Uint8Array(32).fill(1))
  const kept = await run((all) =>
    changeSubscription(all, 'prod', 's', { ...wish, enabled: false }, made.etag, other),
  )
  expect(kept.value).toMatchObject({ enabled: false, channel: { secret } })
  const channel = { ...wish.channel, secret: other }
  const changed = await run((all) =>
    changeSubscription(all, 'prod', 's', { ...wish, channel }, kept.etag, secret),
  )
  expect(changed.value.channel).toMatchObject({ secret: other })
})

test.each([
  [{ channel: { type: 'webhook', url: 'ftp://x.example' } }, '/channel/url'],
  [{ channel: { type: 'webhook', url: 'file:///etc/passwd' } }, '/channel/url'],
  [{ channel: { type: 'webhook', url: 'hooks' } }, '/channel/url'],
  [{ channel: { type: 'webhook', url: 'https://user:pass@x.example' } }, '/channel/url'],
  [{ channel: { type: 'webhook', url: 'https://x.example', secret: 'short' } }, '/channel/secret'],
  [
    { channel: { type: 'webhook', url: 'https://x.example', secret: 'whsec_c2hvcnQ=' } },
    '/channel/secret',
  ],
  [{ channel: { type: 'email', to: 'nobody' } }, '/channel/to'],
  [{ channel: { type: 'email', to: 'a@b.example,c@d.example' } }, '/channel/to'],
  [{ channel: { type: 'email', to: 'a@b.example\r\nBcc: c@d.example' } }, '/channel/to'],
  [{ channel: { type: 'email', to: 'a@b.example\n' } }, '/channel/to'],
  [{ channel: { type: 'email', to: 'Ana <a@b.example>' } }, '/channel/to'],
  [{ flowId: 'none' }, '/flowId'],
] satisfies [Partial<SubscriptionWish>, string][])('%j is refused', async (own, pointer) => {
  const { run, store } = organisation()
  const made = run((all) => subscribe(all, 'prod', 's', { ...wish, ...own }, secret))
  await expect(made).rejects.toMatchObject({
    code: 'SUBSCRIPTION_INVALID',
    fields: { errors: [{ pointer }] },
  })
  expect((await store.read()).version).toBe(0)
})

test('a sandbox has a bounded number of subscriptions', async () => {
  const { run } = organisation()
  for (let index = 0; index < subscriptionsLimit; index += 1) {
    await run((all) => subscribe(all, 'prod', `s${index}`, wish, secret))
  }
  const more = (sandbox: string) => run((all) => subscribe(all, sandbox, 'more', wish, secret))
  await expect(more('prod')).rejects.toMatchObject({ code: 'SUBSCRIPTION_LIMIT' })
  await expect(more('dev')).resolves.toBeDefined()
})

test('a rule is as it comes until a sandbox changes it, and again when that is taken back', async () => {
  const { run, store } = organisation()
  const { defaults } = alertRules['skipped-rate']
  const wanted = { ...defaults, threshold: 0.5 }
  const set = (ifMatch: string | undefined, settings: typeof wanted | undefined = wanted) =>
    run((all) => changeAlertRule(all, 'prod', 'skipped-rate', settings, ifMatch))
  await expect(set(undefined)).rejects.toMatchObject({ code: 'IF_MATCH_MISSING' })
  const first = alertRule(await store.read(), 'prod', 'skipped-rate')
  const changed = await set(first.etag)
  expect(changed.settings).toEqual(wanted)
  await expect(set(first.etag)).rejects.toMatchObject({ code: 'ETAG_STALE' })
  const configuration = await store.read()
  expect(alertRuleSettings(configuration, 'prod')['skipped-rate']).toEqual(wanted)
  expect(alertRuleSettings(configuration, 'dev')['skipped-rate']).toEqual(defaults)
  const back = await run((all) =>
    changeAlertRule(all, 'prod', 'skipped-rate', undefined, changed.etag),
  )
  expect(back).toEqual(first)
  expect(() => alertRule(configuration, 'prod', 'toString')).toThrow('no alert rule')
})

test('subscriptions that come with a flow are made in the same change, or not at all', async () => {
  const configuration = await organisation().store.read()
  const flow = {
    sandboxName: 'prod',
    name: 'Main',
    description: '',
    state: 'enabled',
    sourceConnectionId: 'a',
    targetConnectionId: 'b',
    selectors: [],
    backfills: [],
    held: false,
  } as const
  const made: Write = { kind: 'flow', id: 'f', value: flow }
  const writesWith = (alerts: Parameters<typeof subscribeWithFlow>[2]): readonly Write[] => {
    const decision = { writes: [made], answer: () => undefined }
    return subscribeWithFlow(configuration, decision, alerts, () => 's').writes
  }
  const email = { rules: [], channel: { type: 'email', to: 'ops@example.com' } } as const
  const value = { ...email, sandboxName: 'prod', flowId: 'f', enabled: true }
  expect(writesWith([])).toEqual([made])
  expect(writesWith([email])).toEqual([made, { kind: 'alertSubscription', id: 's', value }])
  const refused = (alerts: Parameters<typeof writesWith>[0], pointer: string): void =>
    expect(() => writesWith(alerts)).toThrow(
      expect.objectContaining({
        code: 'SUBSCRIPTION_INVALID',
        fields: { errors: [expect.objectContaining({ pointer })] },
      }),
    )
  refused([email, { rules: [], channel: wish.channel }], '/alerts/1/channel/secret')
  refused([{ rules: [], channel: { type: 'email', to: 'a@b.c, d@e.f' } }], '/alerts/0/channel/to')
})
