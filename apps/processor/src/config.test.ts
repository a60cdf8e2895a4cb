import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'

const REDIS_URL = 'redis://127.0.0.1:6379'

test('the defaults run every role for one sandbox, by the compiled machines', () => {
  expect(parseConfig({ REDIS_URL })).toMatchObject({
    roles: ['stream', 'activation', 'delivery', 'monitoring'],
    sandboxes: ['prod'],
    alertsEveryMs: 15_000,
    webhookAllow: ['*'],
    email: undefined,
    partitionCount: 16,
    machines: 'table',
    backfillProfilesPerSecond: 20_000,
    backlogRowsMax: 50_000,
    exitWithParent: false,
  })
})

test('lists are cut at commas, and the configuration cannot be changed', () => {
  const config = parseConfig({
    REDIS_URL,
    SEGUE_ROLES: 'stream, delivery',
    SEGUE_SANDBOXES: 'prod,dev',
  })
  expect(config.roles).toEqual(['stream', 'delivery'])
  expect(config.sandboxes).toEqual(['prod', 'dev'])
  expect(Object.isFrozen(config)).toBe(true)
})

test('whatever is wrong is named, all at once, and no value is repeated', () => {
  const wrong = {
    REDIS_URL: 'http://user:hunter2@somewhere',
    SEGUE_ROLES: 'strem',
    SEGUE_PARTITIONS: '0',
    SEGUE_MACHINES: 'fast',
    SEGUE_WORKER: 'a:b',
    SEGUE_WEBHOOK_ALLOW: 'https://hooks.example',
    SEGUE_SMTP_URL: 'https://user:hunter2@mail',
    SEGUE_SMTP_FROM: 'a@b.example, c@d.example',
  }
  expect(() => parseConfig(wrong)).toThrow(/CONFIG_INVALID/)
  for (const name of Object.keys(wrong)) expect(() => parseConfig(wrong)).toThrow(new RegExp(name))
  expect(() => parseConfig(wrong)).not.toThrow(/hunter2/)
})

test('e-mail needs a server and a sender; hosts of webhooks are cut at commas', () => {
  const mail = { SEGUE_SMTP_URL: 'smtp://mail', SEGUE_SMTP_FROM: 'segue@example.com' }
  expect(
    parseConfig({ REDIS_URL, ...mail, SEGUE_WEBHOOK_ALLOW: '*, hooks.inside,*.corp,::1' }),
  ).toMatchObject({
    email: { url: mail.SEGUE_SMTP_URL, from: mail.SEGUE_SMTP_FROM },
    webhookAllow: ['*', 'hooks.inside', '*.corp', '::1'],
  })
  const { SEGUE_SMTP_URL } = mail
  expect(() => parseConfig({ REDIS_URL, SEGUE_SMTP_URL })).toThrow(/SEGUE_SMTP_FROM/)
})

test('nothing listens and nothing is traced unless it is set; empty counts as not set', () => {
  const unset = { http: undefined, traces: undefined }
  expect(parseConfig({ REDIS_URL })).toMatchObject(unset)
  const empty = { SEGUE_HTTP_PORT: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' }
  expect(parseConfig({ REDIS_URL, ...empty })).toMatchObject(unset)
  const set = { SEGUE_HTTP_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  expect(parseConfig({ REDIS_URL, ...set })).toMatchObject({
    http: { host: '127.0.0.1', port: 0 },
    traces: { endpoint: 'http://collector:4318', ratio: 0.01 },
  })
  for (const [name, value] of [
    ['SEGUE_HTTP_PORT', '70000'],
    ['SEGUE_TRACES_RATIO', '2'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector'],
  ] as const) {
    expect(() => parseConfig({ REDIS_URL, [name]: value })).toThrow(new RegExp(name))
  }
})
