import { expect, test } from 'vitest'
import { type Campaign, campaignStarted, domDoc, entity, inside } from './campaign-caller.ts'

const action = 'xtk:queryDef#ExecuteQuery'

async function run({ soap }: Campaign, queryDef: string): Promise<string> {
  const { text } = await soap(action, entity(queryDef))
  return inside(text, 'pdomOutput') || inside(text, 'detail')
}

/** Hashes of the recipients whom a condition finds. */
async function found(campaign: Campaign, where: string, rest = ''): Promise<string[]> {
  const output = await run(
    campaign,
    `<queryDef operation="select" schema="nms:recipient"${rest}><select><node expr="@emailLcSha256"/></select><where>${where}</where></queryDef>`,
  )
  if (!output.startsWith('<')) throw new Error(output)
  return [...output.matchAll(/emailLcSha256="(\w*)"/g)].map((match) => match[1] ?? '')
}

async function withPeople(): Promise<Campaign> {
  const campaign = await campaignStarted()
  await campaign.seed(
    { emailSHA256: 'a', ecid: '1', email: 'ann@b.c' },
    { emailSHA256: 'b', ecid: '2', email: 'bob@b.c' },
    { emailSHA256: 'c', ecid: '3', email: "o'c@b.c" },
    { emailSHA256: 'd', gaid: 'g' },
  )
  return campaign
}

const expr = (expression: string, rest = ''): string =>
  `<condition expr="${expression.replaceAll('<', '&lt;')}"${rest}/>`

const expressions: readonly (readonly [string, readonly string[]])[] = [
  ["@emailLcSha256 = 'b'", ['b']],
  ["@emailLcSha256 IN ('d','a','zz')", ['a', 'd']],
  ["@emailLcSha256 in ('a', 'b') and @ecid = '2'", ['b']],
  ["@ecid='1' or @gaid='g'", ['a', 'd']],
  ["@ecid='1' or @ecid='2' and @gaid='none'", ['a']],
  ["(@ecid='1' or @ecid='2') and @gaid='none'", []],
  ["not (@ecid = '1')", ['b', 'c', 'd']],
  ["@ecid NOT IN ('1', '2')", ['c', 'd']],
  ["@email = 'o''c@b.c'", ['c']],
  [String.raw`@email = 'o\'c@b.c'`, ['c']],
  ["@email LIKE '%@b.c'", ['a', 'b', 'c']],
  ['@email IS NULL', ['d']],
  ['@gaid is not null', ['d']],
  ['@id > 1363', ['c', 'd']],
  ['@id >= 1362 and @id <= 1363', ['a', 'b']],
  ['@id IN (1363, 1365)', ['b', 'd']],
  ["[folder/@name] = 'nmsRootFolder' and @ecid <> '1'", ['b', 'c', 'd']],
  ["Lower(@email) = 'ann@b.c'", ['a']],
  ['@blackList = 0', ['a', 'b', 'c', 'd']],
]

test('conditions find whom they mean', async () => {
  const campaign = await withPeople()
  for (const [expression, hashes] of expressions) {
    expect([expression, await found(campaign, expr(expression))]).toEqual([expression, hashes])
  }
})

test('conditions in elements are joined to the next by their operator, else by AND', async () => {
  const campaign = await withPeople()
  const either = `${expr("@ecid = '1'", ' boolOperator="OR"')}${expr("@ecid = '2'")}`
  expect(await found(campaign, either)).toEqual(['a', 'b'])
  const documented = `<condition bool-operator="AND">${expr("@ecid = '1'", ' bool-operator="OR"')}${expr("@ecid = '2'")}</condition>`
  expect(await found(campaign, `${documented}${expr("@email = 'bob@b.c'")}`)).toEqual(['b'])
})

test('what cannot be understood is refused', async () => {
  const campaign = await withPeople()
  for (const expression of [
    "@nonsense = '1'",
    "@ecid = '1",
    '@ecid ~ 1',
    'Day(@created) = 1',
    '@ecid =',
    '[group/@name] = 1',
  ]) {
    await expect(found(campaign, expr(expression))).rejects.toThrow(/XTK-170036/)
  }
})

test('select, get, getIfExists and count answer in their documented forms', async () => {
  const campaign = await withPeople()
  const query = (operation: string, where: string): Promise<string> =>
    run(
      campaign,
      `<queryDef operation="${operation}" schema="nms:recipient"><select><node expr="@ecid" alias="@visitor"/><node expr="[folder/@name]"/></select><where>${expr(where)}</where></queryDef>`,
    )
  expect(await query('get', "@ecid='2'")).toBe(
    '<recipient visitor="2"><folder name="nmsRootFolder"></folder></recipient>',
  )
  expect(await query('get', "@ecid='9'")).toContain('does not exist')
  expect(await query('getIfExists', "@ecid='9'")).toBe('<recipient></recipient>')
  expect(await query('select', "@ecid='9'")).toBe('<recipient-collection></recipient-collection>')
  expect(await query('count', "@ecid IN ('1','2')")).toBe('<recipient count="2"></recipient>')
  expect(await query('dance', "@ecid='1'")).toContain('XTK-170036')
})

test('pages follow lineCount and startLine, and orderBy orders', async () => {
  const campaign = await withPeople()
  const page = (from: number): Promise<string[]> =>
    found(campaign, '', ` lineCount="3" startLine="${from}"`)
  expect([await page(0), await page(3), await page(6)]).toEqual([['a', 'b', 'c'], ['d'], []])
  const ordered = await run(
    campaign,
    '<queryDef operation="select" schema="nms:recipient"><select><node expr="@ecid"/></select><orderBy><node expr="@ecid" sortDesc="true"/></orderBy></queryDef>',
  )
  expect([...ordered.matchAll(/ecid="(\d*)"/g)].map((match) => match[1])).toEqual([
    '3',
    '2',
    '1',
    '',
  ])
})

test('relations are found by the names of both ends', async () => {
  const campaign = await withPeople()
  const relation = '<rcpGrpRel _key="[rcpGroup/@name]"><rcpGroup name="g"/></rcpGrpRel>'
  await campaign.soap(
    'xtk:persist#Write',
    domDoc('<group xtkschema="nms:group" name="g"><folder name="nmsSegueGroups"/></group>'),
  )
  for (const ecid of ['1', '2']) {
    await campaign.soap(
      'xtk:persist#Write',
      domDoc(
        `<recipient xtkschema="nms:recipient" _operation="none" _key="@ecid" ecid="${ecid}">${relation}</recipient>`,
      ),
    )
  }
  const where = expr("[rcpGroup/@name] = 'g' and [recipient/@ecid] IN ('2', '3')")
  expect(
    await run(
      campaign,
      `<queryDef operation="select" schema="nms:rcpGrpRel"><select><node expr="[recipient/@ecid]"/></select><where>${where}</where></queryDef>`,
    ),
  ).toBe(
    '<rcpGrpRel-collection><rcpGrpRel><recipient ecid="2"></recipient></rcpGrpRel></rcpGrpRel-collection>',
  )
})
