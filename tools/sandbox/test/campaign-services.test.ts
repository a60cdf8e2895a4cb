import { expect, test } from 'vitest'
import {
  type Campaign,
  campaignStarted,
  domDoc,
  entity,
  inside,
  postEnvelope,
} from './campaign-caller.ts'

async function withServices(): Promise<Campaign> {
  const campaign = await campaignStarted()
  await campaign.seed({ email: 'john.doe@adobe.com' })
  for (const name of ['SVC1', 'SVC2']) {
    await campaign.soap(
      'xtk:persist#Write',
      domDoc(
        `<service xtkschema="nms:service" name="${name}"><folder name="nmsServiceFolder"/></service>`,
      ),
    )
  }
  return campaign
}

async function subscribed({ soap }: Campaign): Promise<string[]> {
  const answer = await soap(
    'xtk:queryDef#ExecuteQuery',
    entity(
      '<queryDef operation="select" schema="nms:subscription"><select><node expr="[service/@name]"/><node expr="[recipient/@email]"/></select></queryDef>',
    ),
  )
  return [
    ...answer.text.matchAll(/service name="(\w+)"><\/service><recipient email="([^"]+)"/g),
  ].map(([, service, email]) => `${service} ${email}`)
}

/** The documented message. */
const message = (method: string, create: string): string =>
  `<?xml version='1.0' encoding='ISO-8859-1'?>
  <SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'>
    <SOAP-ENV:Body>
      <m:${method} xmlns:m='urn:nms:subscription' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>
        <sessiontoken xsi:type='xsd:string'/>
        <service xsi:type='xsd:string'>SVC1</service>
        <content xsi:type='' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>
          <recipient _key="@email" email= "john.doe@adobe.com"/>
        </content>
        ${create}
      </m:${method}>
    </SOAP-ENV:Body>
  </SOAP-ENV:Envelope>`

test('the documented messages subscribe and unsubscribe', async () => {
  const campaign = await withServices()
  const tokens = await campaign.logon()
  const { url } = campaign.ready.campaign.classic
  const send = async (method: string, create: string): Promise<string> => {
    const action = `nms:subscription#${method}`
    return (await postEnvelope(url, action, message(method, create), tokens)).text
  }
  expect(await send('Subscribe', `<create xsi:type='xsd:boolean'>true</create>`)).toContain(
    `<m:SubscribeResponse xmlns:m='urn:nms:subscription' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></m:SubscribeResponse>`,
  )
  expect(await subscribed(campaign)).toEqual(['SVC1 john.doe@adobe.com'])
  expect(await send('Unsubscribe', '')).toContain('m:UnsubscribeResponse')
  expect(await subscribed(campaign)).toEqual([])
})

test('names may be several, people are made where that is asked for, and updated', async () => {
  const campaign = await withServices()
  const subscribe = (names: string, recipient: string, create: boolean) =>
    campaign.soap(
      'nms:subscription#Subscribe',
      `<serviceName>${names}</serviceName><recipient>${recipient}</recipient><create>${create}</create>`,
    )
  const stranger = '<recipient _key="email" email="new@b.c" firstName="N"/>'
  const refused = await subscribe('SVC1', stranger, false)
  expect(inside(refused.text, 'detail')).toContain('does not exist')
  for (let time = 0; time < 2; time += 1) await subscribe('SVC1, SVC2', stranger, true)
  expect(await subscribed(campaign)).toEqual(['SVC1 new@b.c', 'SVC2 new@b.c'])
  const unknown = await subscribe('SVC1,none', '<recipient _key="@email" email="other@b.c"/>', true)
  expect(inside(unknown.text, 'detail')).toContain('none')
  expect(await subscribed(campaign)).toHaveLength(2)
})

test('to unsubscribe a stranger is nothing, and without a name it blacklists', async () => {
  const campaign = await withServices()
  const unsubscribe = async (name: string, email: string): Promise<string> => {
    const answer = await campaign.soap(
      'nms:subscription#Unsubscribe',
      `<serviceName>${name}</serviceName><recipient><recipient _key="@email" email="${email}"/></recipient>`,
    )
    return inside(answer.text, 'faultstring')
  }
  const blacklisted = async (): Promise<string> => {
    const answer = await campaign.soap(
      'xtk:queryDef#ExecuteQuery',
      entity(
        `<queryDef operation="get" schema="nms:recipient"><select><node expr="@blackList"/></select><where><condition expr="@email = 'john.doe@adobe.com'"/></where></queryDef>`,
      ),
    )
    return /blackList="(\d)"/.exec(answer.text)?.[1] ?? ''
  }
  expect(await unsubscribe('SVC1', 'nobody@b.c')).toBe('')
  expect(await unsubscribe('SVC1', 'john.doe@adobe.com')).toBe('')
  expect(await blacklisted()).toBe('0')
  expect(await unsubscribe('', 'john.doe@adobe.com')).toBe('')
  expect(await blacklisted()).toBe('1')
})
