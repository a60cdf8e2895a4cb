import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { analyticsSettings } from './settings.ts'
import { testSettings } from './test-settings.ts'

test.each([
  ['one variable for both', { transitionVariable: 'eVar10' }, 'transitionVariable'],
  ['one event for both', { exitedEvent: 'event10' }, 'exitedEvent'],
  ['no such variable', { segmentVariable: 'eVar251' }, 'segmentVariable'],
  ['a prop beyond 75', { segmentVariable: 'prop76' }, 'segmentVariable'],
  ['a list for the transition', { transitionVariable: 'list1' }, 'transitionVariable'],
  ['no such event', { enteredEvent: 'event1001' }, 'enteredEvent'],
  ['two report suites', { reportSuiteId: 'one,two' }, 'reportSuiteId'],
  ['a path for a dataset', { datasetId: '../x' }, 'datasetId'],
  ['a line break in a header', { visitorGroupPrefix: 'a\r\nb' }, 'visitorGroupPrefix'],
  ['ECID as visitorID', { visitorIdNamespaces: ['ECID'] }, 'visitorIdNamespaces'],
  ['a namespace twice', { visitorIdNamespaces: ['GAID', 'GAID'] }, 'visitorIdNamespaces'],
  ['a seed without its type', { seedNamespace: 'crm' }, 'seedCustomerIdType'],
  ['more rows than typical', { maxRowsPerFile: 50_001 }, 'maxRowsPerFile'],
  ['over 100 MB', { maxGzipBytes: 100_000_001 }, 'maxGzipBytes'],
  ['over 1 GB', { maxFileBytes: 1_000_000_001 }, 'maxFileBytes'],
])('%s is refused with the setting’s name', (_what, some, name) => {
  expect(() => testSettings(some)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(name) }),
  )
})

test('what is required is little, and the secret does not print', () => {
  const settings = analyticsSettings.parse({
    clientId: 'client',
    clientSecret: 'hush',
    companyId: 'acme',
    reportSuiteId: 'examplersid',
  })
  expect(inspect(settings) + JSON.stringify(settings)).not.toContain('hush')
  expect(settings).toMatchObject({
    segmentVariable: 'eVar10',
    transitionVariable: 'eVar11',
    enteredEvent: 'event10',
    exitedEvent: 'event11',
    linkName: 'AEP segment sync',
    userAgent: 'aep-segment-sync/1.0',
  })
})
