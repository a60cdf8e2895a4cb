import { expect, test } from 'vitest'
import { parseDcsParameters } from './dcs-parameters.ts'

test('repeated parameters are kept in order, octets and blanks decoded', () => {
  const read = parseDcsParameters(
    'd_cid=1%01a&d_cid=2%01b%011&c_likes=famous%20star',
    'x=a+b&flag&=',
  )
  expect(Object.fromEntries(read ?? [])).toEqual({
    d_cid: ['1\u0001a', '2\u0001b\u00011'],
    c_likes: ['famous star'],
    x: ['a b'],
    flag: [''],
    '': [''],
  })
})

test.each(['d_site=%esid!', 'x=%', 'x=%4', '%zz=1', 'x=%ff', 'x=%c3%28'])(
  '%s is badly encoded',
  (query) => {
    expect(parseDcsParameters('d_rtbd=json', query)).toBeUndefined()
  },
)
