import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  type Campaign,
  campaignStarted,
  domDoc,
  entity,
  inside,
  postEnvelope,
} from './campaign-caller.ts'

const write = 'xtk:persist#Write'
const collection = 'xtk:persist#WriteCollection'

async function select(
  { soap }: Campaign,
  schema: string,
  exprs: readonly string[],
): Promise<string> {
  const nodes = exprs.map((expr) => `<node expr="${expr}"/>`).join('')
  const answer = await soap(
    'xtk:queryDef#ExecuteQuery',
    entity(`<queryDef operation="select" schema="${schema}"><select>${nodes}</select></queryDef>`),
  )
  return inside(answer.text, 'pdomOutput')
}

/** A group, made in its folder. */
async function withGroup(campaign: Campaign, name: string, desc = ''): Promise<void> {
  const { groupFolder } = campaign.ready.campaign.classic
  const made = await campaign.soap(
    write,
    domDoc(
      `<group xtkschema="nms:group" _key="@name" name="${name}" label="Loyal" desc="${desc}"><folder name="${groupFolder}" _operation="none"/></group>`,
    ),
  )
  expect(inside(made.text, 'SOAP-ENV:Fault')).toBe('')
}

test('the documented write puts a recipient into a group, twice without harm', async () => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'aep_7841ba61', 'ups/7841ba61')
  const document = domDoc(
    '<recipient xtkschema="nms:recipient" _key="@email" email="member@example.com">' +
      '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="aep_7841ba61"/></rcpGrpRel></recipient>',
  )
  for (let time = 0; time < 2; time += 1) {
    const answer = await campaign.soap(write, document)
    expect(answer.text).toContain(
      `<WriteResponse xmlns='urn:' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></WriteResponse>`,
    )
  }
  expect(await select(campaign, 'nms:rcpGrpRel', ['[@group-id]', '[@recipient-id]'])).toBe(
    '<rcpGrpRel-collection><rcpGrpRel group-id="1872" recipient-id="1362"></rcpGrpRel></rcpGrpRel-collection>',
  )
  expect(await campaign.members()).toEqual({
    'classic:aep_7841ba61': {
      name: 'Loyal',
      segment: 'ups/7841ba61',
      members: [
        `email_lc_sha256:${createHash('sha256').update('member@example.com').digest('hex')}`,
      ],
    },
  })

  const gone = domDoc(
    '<rcpGrpRel xtkschema="nms:rcpGrpRel" _operation="delete" _key="[@group-id],[@recipient-id]" group-id="1872" recipient-id="1362"/>',
  )
  for (let time = 0; time < 2; time += 1) {
    expect(inside((await campaign.soap(write, gone)).text, 'SOAP-ENV:Fault')).toBe('')
  }
  expect(await campaign.members()).toMatchObject({ 'classic:aep_7841ba61': { members: [] } })
})

test('the documented sample in ISO-8859-1 is read as such', async () => {
  const campaign = await campaignStarted()
  const text = `<?xml version='1.0' encoding='ISO-8859-1'?>
  <SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:ns='http://xml.apache.org/xml-soap' xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'>
    <SOAP-ENV:Body>
      <Write xmlns='urn:xtk:persist' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>
        <__sessiontoken xsi:type='xsd:string'/>
        <domDoc xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>
          <recipient xtkschema="nms:recipient" email="rene.dupont@adobe.com" firstName="René" lastName="Dupont" _key="@email"/>
        </domDoc>
      </Write>
    </SOAP-ENV:Body>
  </SOAP-ENV:Envelope>`
  const { url } = campaign.ready.campaign.classic
  await postEnvelope(url, write, Buffer.from(text, 'latin1'), await campaign.logon())
  const found = await select(campaign, 'nms:recipient', ['@firstName'])
  expect(Buffer.from(found, 'latin1').toString()).toContain('firstName="René"')
})

test('strangers are left alone with operation none, and nothing is made or changed', async () => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'g')
  await campaign.seed({ emailSHA256: 'aa', ecid: '1' })
  const relation =
    '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="g" _operation="none"/></rcpGrpRel>'
  const person = (hash: string): string =>
    `<recipient _operation="none" _key="@emailLcSha256" emailLcSha256="${hash}">${relation}</recipient>`
  await campaign.soap(
    collection,
    domDoc(
      `<recipient-collection xtkschema="nms:recipient">${person('aa')}${person('bb')}</recipient-collection>`,
    ),
  )
  expect(await campaign.members()).toMatchObject({
    'classic:g': { members: ['ECID:1', 'email_lc_sha256:aa'] },
  })
  const people = await select(campaign, 'nms:recipient', ['@id'])
  expect(people.match(/<recipient /g)).toHaveLength(1)
})

test.each([
  [
    'an unknown group',
    '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="no"/></rcpGrpRel>',
    /folder-id/,
  ],
  [
    'a group that is none',
    '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup _operation="none" name="no"/></rcpGrpRel>',
    /rcpGroup/,
  ],
  ['an unknown attribute', '<rcpGrpRel group-id="1" nonsense="1"/>', /XTK-170036 Attribute/],
  ['an unknown element', '<nonsense/>', /XTK-170036 Element/],
  ['a key without its value', '<rcpGrpRel _key="[@group-id]"/>', /group-id/],
  ['an unknown operation', '<rcpGrpRel _operation="merge" group-id="1872"/>', /merge/],
])('one fault, by %s, takes the whole collection back', async (_what, inner, detail) => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'g')
  await campaign.seed({ email: 'old@b.c' })
  const good = '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="g"/></rcpGrpRel>'
  const before = [
    await select(campaign, 'nms:recipient', ['@id', '@email', '@firstName']),
    await campaign.members(),
  ]
  const refused = await campaign.soap(
    collection,
    domDoc(
      '<recipient-collection xtkschema="nms:recipient">' +
        `<recipient _key="@email" email="old@b.c" firstName="New">${good}</recipient>` +
        `<recipient _key="@email" email="new@b.c">${good}</recipient>` +
        `<recipient _key="@email" email="bad@b.c">${inner}</recipient>` +
        '</recipient-collection>',
    ),
  )
  expect(inside(refused.text, 'faultstring')).toContain(
    'Error while executing the method &apos;WriteCollection&apos; of service &apos;xtk:persist&apos;.',
  )
  expect(inside(refused.text, 'detail')).toMatch(detail)
  const after = [
    await select(campaign, 'nms:recipient', ['@id', '@email', '@firstName']),
    await campaign.members(),
  ]
  expect(after).toEqual(before)
})

test('a second row with the same name meets the unique index', async () => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'g')
  const refused = await campaign.soap(
    write,
    domDoc(
      '<group xtkschema="nms:group" _operation="insert" name="g"><folder name="nmsSegueGroups"/></group>',
    ),
  )
  expect(inside(refused.text, 'faultcode')).toBe('SOAP-ENV:Server')
  expect(inside(refused.text, 'detail')).toContain(
    'Cannot insert duplicate key row in object &apos;NmsGroup&apos; with unique index &apos;NmsGroup_name&apos;',
  )
})

test('groups are relabelled by name, and take their relations along when they go', async () => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'g')
  await campaign.seed({ ecid: '1' })
  const add =
    '<recipient xtkschema="nms:recipient" _operation="none" _key="@ecid" ecid="1"><rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="g"/></rcpGrpRel></recipient>'
  await campaign.soap(write, domDoc(add))
  await campaign.soap(
    write,
    domDoc('<group xtkschema="nms:group" name="g" label="&lt;Ours&gt; &amp; &quot;more&quot;"/>'),
  )
  expect(await select(campaign, 'nms:group', ['@label', '[folder/@name]'])).toBe(
    '<group-collection><group label="&lt;Ours&gt; &amp; &quot;more&quot;"><folder name="nmsSegueGroups"></folder></group></group-collection>',
  )
  expect(await campaign.members()).toMatchObject({ 'classic:g': { members: ['ECID:1'] } })
  const stray = await campaign.soap(
    write,
    domDoc('<group xtkschema="nms:group" _operation="delete" _key="@name" name="g" label="x"/>'),
  )
  expect(inside(stray.text, 'detail')).toContain('label')
  const gone = domDoc('<group xtkschema="nms:group" _operation="delete" _key="@name" name="g"/>')
  await campaign.soap(write, gone)
  await campaign.soap(write, gone)
  expect(await campaign.members()).toEqual({})
  expect(await select(campaign, 'nms:rcpGrpRel', ['[@group-id]'])).toBe(
    '<rcpGrpRel-collection></rcpGrpRel-collection>',
  )
})

/** A relation by the names of its ends. */
const relation = (gaid: string, operation: string): string =>
  `<rcpGrpRel _operation="${operation}" _key="[rcpGroup/@name],[recipient/@gaid]"><rcpGroup name="g" _operation="none"/><recipient _key="@gaid" gaid="${gaid}" _operation="none"/></rcpGrpRel>`

test('a relation is deleted by the names of its ends, and update touches only who is there', async () => {
  const campaign = await campaignStarted()
  await withGroup(campaign, 'g')
  await campaign.seed({ gaid: 'x' }, { gaid: 'y' })
  const all = (operation: string): string =>
    `<rcpGrpRel-collection xtkschema="nms:rcpGrpRel">${relation('x', operation)}${relation('y', operation)}</rcpGrpRel-collection>`
  await campaign.soap(collection, domDoc(all('insertOrUpdate')))
  expect(await campaign.members()).toMatchObject({ 'classic:g': { members: ['GAID:x', 'GAID:y'] } })
  await campaign.soap(
    collection,
    domDoc(
      `<rcpGrpRel-collection xtkschema="nms:rcpGrpRel">${relation('x', 'delete')}${relation('nobody', 'delete')}</rcpGrpRel-collection>`,
    ),
  )
  expect(await campaign.members()).toMatchObject({ 'classic:g': { members: ['GAID:y'] } })
  await campaign.soap(
    write,
    domDoc(
      '<recipient xtkschema="nms:recipient" _operation="update" _key="@gaid" gaid="nobody" firstName="N"/>',
    ),
  )
  expect(await select(campaign, 'nms:recipient', ['@firstName'])).not.toContain('N"')
})

test('unknown schemas are refused', async () => {
  const { soap } = await campaignStarted()
  const refused = await soap(write, domDoc('<thing xtkschema="cus:thing" name="x"/>'))
  expect(inside(refused.text, 'detail')).toMatch(/^XTK-170024 /)
})
