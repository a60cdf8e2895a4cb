import { expect, test } from 'vitest'
import { parseInboundLine } from './inbound-line.ts'

const user = '59767559181262060060278870901087098252'

test.each([
  ['d_sid=24,d_sid=26,d_unsid=28', [set(24), set(26), unset(28)]],
  ['d_sid=24, d_sid=25', [set(24), set(25)]],
  ['28:0, 29:-1', [unset(28), unset(29)]],
  ['30608,50354', [signal('ic', '30608'), signal('ic', '50354')]],
  ['ic=52,ic=55', [signal('ic', '52'), signal('ic', '55')]],
  ['"segID"="7841ba61"', [signal('segID', '7841ba61')]],
  [
    '"age"="32","gender"=m,model = "pickup truck",product = tablet',
    [
      signal('age', '32'),
      signal('gender', 'm'),
      signal('model', 'pickup truck'),
      signal('product', 'tablet'),
    ],
  ],
  ['d_city = "New York, NY", x=1', [signal('d_city', 'New York, NY'), signal('x', '1')]],
  ['-product = camera', [signal('product', 'camera')]],
])('the documented form %s is read', (entries, items) => {
  expect(parseInboundLine(`${user}\t${entries}`)).toEqual({ userId: user, items })
})

test.each([
  [''],
  [user],
  [`${user} d_sid=24`],
  [`\td_sid=24`],
  [`${user}\t`],
  [`${user}\t\td_sid=24`],
  [`${user}\td_sid=24\td_sid=25`],
  [` ${user}\td_sid=24`],
  [`${user} \td_sid=24`],
  ['a:b\td_sid=24'],
  ['a%3Ab\td_sid=24'],
  ['ann@example.com\td_sid=24'],
  [`${user}\td_sid=`],
  [`${user}\td_sid=x`],
  [`${user}\td_sid=24,`],
  [`${user}\t24:1`],
  [`${user}\tword`],
  [`${user}\t"open=1`],
  [`${user}\td_sid=24\r`],
])('%j is a format error', (line) => {
  expect(parseInboundLine(line)).toBeUndefined()
})

function set(sid: number) {
  return { kind: 'set', sid }
}

function unset(sid: number) {
  return { kind: 'unset', sid }
}

function signal(key: string, value: string) {
  return { kind: 'signal', key, value }
}
