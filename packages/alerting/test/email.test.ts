import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEmails, type Emails } from '../src/index.ts'
import { exampleMessage } from './messages.ts'
import { startMailServer } from './receivers.ts'

let server: Awaited<ReturnType<typeof startMailServer>>
let emails: Emails
beforeEach(async () => {
  server = await startMailServer((recipient) => {
    if (recipient.startsWith('nobody')) return 550
    return recipient.startsWith('later') ? 451 : undefined
  })
  emails = createEmails({ url: server.url, from: 'segue@example.com' })
})
afterEach(async () => {
  emails.close()
  await server.close()
})

test('a message arrives as plain text, and can be told from a repeat of itself', async () => {
  expect(await emails.send('ops@example.com', exampleMessage())).toEqual({ status: 'sent' })
  const [mail] = server.mails
  expect(mail).toMatchObject({ from: 'segue@example.com', to: ['ops@example.com'] })
  expect(mail?.text).toMatch(/^Subject: Segue critical: Solution unreachable, marketo \(prod\)\r$/m)
  expect(mail?.text).toMatch(/^Message-ID: <a1-raised-s1@example\.com>\r$/m)
  expect(mail?.text).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  expect(mail?.text).toMatch(/^Content-Type: text\/plain/m)
  expect(mail?.text).toContain('nothing is sent to marketo')
})

test('a name cannot add a header or a recipient', async () => {
  const flowName = 'Main\r\nBcc: eve@example.com\r\n\r\nSubject: x'
  const sent = await emails.send('ops@example.com', exampleMessage({ flowName, flowId: 'f' }))
  expect(sent).toEqual({ status: 'sent' })
  const [mail] = server.mails
  expect(mail?.to).toEqual(['ops@example.com'])
  const [head = ''] = mail!.text.split('\r\n\r\n')
  expect(head).not.toMatch(/^Bcc:/im)
  expect(head.match(/^Subject:/gim)).toHaveLength(1)
})

test.each([
  'ops@example.com, eve@example.com',
  'ops@example.com\r\nBcc: eve@example.com',
  'Ops <ops@example.com>, eve@example.com',
])('%j never becomes two recipients', async (to) => {
  await emails.send(to, exampleMessage())
  const recipients = server.mails.flatMap((mail) => mail.to)
  expect(recipients.length).toBeLessThanOrEqual(1)
  expect(recipients).not.toContain('eve@example.com')
  for (const { text } of server.mails) expect(text).not.toMatch(/^Bcc:/im)
})

test('a recipient that is refused for good is not tried again, one refused for now is', async () => {
  expect(await emails.send('nobody@example.com', exampleMessage())).toEqual({
    status: 'refused',
    code: 'SMTP_550',
  })
  expect(await emails.send('later@example.com', exampleMessage())).toEqual({
    status: 'again',
    code: 'SMTP_451',
  })
  expect(server.mails).toEqual([])
})

test('a server that is not there is tried again', async () => {
  const away = createEmails({ url: 'smtp://127.0.0.1:1', from: 'segue@example.com' })
  expect(await away.send('ops@example.com', exampleMessage())).toEqual({
    status: 'again',
    code: 'SMTP_UNREACHABLE',
  })
  away.close()
})
