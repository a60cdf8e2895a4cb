import * as fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { readSoap, soapEnvelope } from './soap-envelope.ts'

function answered(inside: string): string {
  return `<?xml version='1.0'?><SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>${inside}</SOAP-ENV:Body></SOAP-ENV:Envelope>`
}

test('a call is an envelope with everything in its place', () => {
  const xml = soapEnvelope('xtk:persist', 'Write', {
    __sessiontoken: '',
    domDoc: { group: { '@name': 'aep_1', '@flag': 'true', folder: { '@name': 'f' } } },
  })
  expect(xml).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>' +
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header/>' +
      '<soapenv:Body><Write xmlns="urn:xtk:persist"><__sessiontoken/>' +
      '<domDoc><group name="aep_1" flag="true"><folder name="f"/></group></domDoc>' +
      '</Write></soapenv:Body></soapenv:Envelope>',
  )
})

test('nothing that a name or password holds gets out of its place', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    trimValues: false,
  })
  const printable = fc.string({
    minLength: 1,
    unit: fc.constantFrom(
      ...Array.from('<>&\'"ab]!-;#/=? é忠😀'),
      '&amp;',
      '<![CDATA[',
      ']]>',
      '-->',
    ),
  })
  fc.assert(
    fc.property(printable, printable, (attribute, text) => {
      const xml = soapEnvelope('xtk:session', 'Logon', { '@a': attribute, strPassword: text })
      const read = parser.parse(xml, true) as Record<
        string,
        Record<string, Record<string, unknown>>
      >
      const logon = read['soapenv:Envelope']?.['soapenv:Body']?.['Logon']
      expect(logon).toEqual({ '@xmlns': 'urn:xtk:session', '@a': attribute, strPassword: text })
    }),
    { seed: 20_261_123 },
  )
})

test('an answer is read with its entities, and numbers stay text', () => {
  const xml = answered(
    `<ExecuteQueryResponse xmlns='urn:xtk:queryDef'><pdomOutput xsi:type='ns:Element'><a b="0012 &lt;&#233;&amp;lt;"/></pdomOutput></ExecuteQueryResponse>`,
  )
  expect(readSoap(xml, 'ExecuteQuery')).toMatchObject({
    kind: 'response',
    content: { pdomOutput: { a: { '@b': '0012 <é&lt;' } } },
  })
  expect(readSoap(answered('<WriteResponse/>'), 'Write')).toMatchObject({ kind: 'response' })
})

test('a fault is read as in the documentation, with and without its detail', () => {
  const xml = answered(
    `<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring xsi:type="xsd:string">Error while executing the method 'Write' of service 'xtk:persist'.</faultstring><detail xsi:type="xsd:string">PostgreSQL error: ERROR:  duplicate key violates unique constraint &quot;nmsrecipient_id&quot;</detail></SOAP-ENV:Fault>`,
  )
  expect(readSoap(xml, 'Write')).toEqual({
    kind: 'fault',
    fault: {
      faultCode: 'Server',
      text: `Error while executing the method 'Write' of service 'xtk:persist'.\nPostgreSQL error: ERROR:  duplicate key violates unique constraint "nmsrecipient_id"`,
    },
  })
  const short = answered('<SOAP-ENV:Fault><faultcode>Client</faultcode></SOAP-ENV:Fault>')
  expect(readSoap(short, 'Write')).toMatchObject({ fault: { faultCode: 'Client' } })
})

test.each([
  ['no XML', 'XSV-350008 Session has expired'],
  ['a web page', '<html><body>Sign in</body></html>'],
  ['half of it', answered('<WriteResponse/>').slice(0, -20)],
  ['an answer to something else', answered('<LogonResponse/>')],
  [
    'a document type with an entity of its own',
    `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "boom">]>${answered('<WriteResponse>&e;</WriteResponse>').slice(21)}`,
  ],
])('%s is not an answer', (_what, text) => {
  expect(readSoap(text, 'Write')).toBeUndefined()
})
