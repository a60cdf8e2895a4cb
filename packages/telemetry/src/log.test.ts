import { expect, test } from 'vitest'
import { createLog, redactedFields } from './log.ts'
import { maskIdentity } from './mask-identity.ts'

const secret = 'hush-hush'
const identity = 'email_lc_sha256:b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514'

function linesOf(level: 'info' | 'debug', pretty: boolean, event: object, message: string): string {
  let written = ''
  const to = { write: (text: string) => void (written += text) }
  createLog({ name: 'test', level, pretty, to }).info(event, message)
  return written
}

test('secrets show neither at the top of a line nor one level below', () => {
  for (const field of redactedFields) {
    const event = { [field]: secret, request: { [field]: secret } }
    const line = linesOf('info', false, event, 'happened')
    expect(line).toContain('[redacted]')
    expect(line).not.toContain(secret)
  }
})

test('identities are masked at the top of a line and left out below', () => {
  const event = {
    profileKey: identity,
    identity,
    identities: [identity],
    update: { profileKey: identity, identities: [identity], identity },
  }
  const line = linesOf('info', false, event, 'stepped')
  expect(line).not.toContain(identity.slice(-20))
  expect(JSON.parse(line)).toMatchObject({
    profileKey: maskIdentity(identity),
    identities: [maskIdentity(identity)],
    update: { profileKey: '[redacted]', identities: '[redacted]', identity: '[redacted]' },
  })
})

test('a value that is no text is not shown where an identity belongs', () => {
  const line = linesOf('info', false, { profileKey: { id: secret } }, 'stepped')
  expect(line).not.toContain(secret)
})

test('lines for people have the same fields, and the trace of an error', () => {
  const err = new Error('went wrong')
  const line = linesOf('info', true, { partition: 3, token: secret, err }, 'commit failed')
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO test commit failed partition=3/)
  expect(line).toContain('Error: went wrong')
  expect(line).not.toContain(secret)
})
