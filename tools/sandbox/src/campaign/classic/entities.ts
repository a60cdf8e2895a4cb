import type { ClassicInstance } from './database.ts'
import type { Schema } from './schemas.ts'
import { element, type XmlElement } from './xml.ts'

interface Parameter {
  readonly name: string
  readonly type: string
  readonly out?: true
}

interface Method {
  readonly name: string
  readonly isStatic: boolean
  readonly parameters: readonly Parameter[]
}

const document: Parameter = { name: 'doc', type: 'DOMDocument' }
const persist: readonly Method[] = [
  { name: 'Write', isStatic: true, parameters: [document] },
  { name: 'WriteCollection', isStatic: true, parameters: [document] },
  {
    name: 'GetEntityIfMoreRecent',
    isStatic: true,
    parameters: [
      { name: 'pk', type: 'string' },
      { name: 'md5', type: 'string' },
      { name: 'mustExist', type: 'boolean' },
      { name: 'doc', type: 'DOMDocument', out: true },
    ],
  },
]
const methods: Readonly<Record<string, readonly Method[]>> = {
  'xtk:session': [{ name: 'Logoff', isStatic: true, parameters: [] }],
  'xtk:queryDef': [
    {
      name: 'ExecuteQuery',
      isStatic: false,
      parameters: [{ name: 'output', type: 'DOMDocument', out: true }],
    },
  ],
  'nms:subscription': [
    {
      name: 'Subscribe',
      isStatic: true,
      parameters: [
        { name: 'serviceName', type: 'string' },
        { name: 'recipient', type: 'DOMElement' },
        { name: 'create', type: 'boolean' },
      ],
    },
    {
      name: 'Unsubscribe',
      isStatic: true,
      parameters: [
        { name: 'serviceName', type: 'string' },
        { name: 'recipient', type: 'DOMElement' },
      ],
    },
  ],
}

/**
 * The definition of a schema with its methods, as `xtk:persist#GetEntityIfMoreRecent` answers it for `xtk:schema|<id>`: what a
 * client reads to know a method's parameters. Undefined where there is no such entity.
 */
export function entityOf({ schemas }: ClassicInstance, key: string): XmlElement | undefined {
  const [type, id = ''] = key.split('|')
  const schema = schemas.get(id)
  const own = methods[id]
  if (type !== 'xtk:schema' || (schema === undefined && own === undefined)) return undefined
  const [namespace = '', name = ''] = id.split(':')
  return element(
    'schema',
    { namespace, name, ...(id === 'xtk:session' ? { implements: 'xtk:persist' } : {}) },
    [
      ...(id === 'xtk:session'
        ? [element('interface', { name: 'persist' }, persist.map(methodElement))]
        : []),
      schema === undefined ? element('element', { name }) : schemaElement(schema),
      ...(own === undefined ? [] : [element('methods', {}, own.map(methodElement))]),
    ],
  )
}

function methodElement({ name, isStatic, parameters }: Method): XmlElement {
  return element('method', { name, ...(isStatic ? { static: 'true' } : {}) }, [
    element(
      'parameters',
      {},
      parameters.map((parameter) =>
        element('param', {
          name: parameter.name,
          type: parameter.type,
          ...(parameter.out === true ? { inout: 'out' } : {}),
        }),
      ),
    ),
  ])
}

function schemaElement({ name, label, attributes, numbers, links }: Schema): XmlElement {
  const typeOf = (path: string): string => (numbers.has(path) ? 'long' : 'string')
  const inside = Map.groupBy(
    [...attributes].map((path) => path.split('/')),
    (steps) => (steps.length > 1 ? (steps[0] ?? '') : ''),
  )
  const attribute = (steps: readonly string[]): XmlElement =>
    element('attribute', { name: steps.at(-1) ?? '', type: typeOf(steps.join('/')) })
  return element('element', { name, label }, [
    ...(inside.get('') ?? []).map(attribute),
    ...[...inside]
      .filter(([step]) => step !== '')
      .map(([step, paths]) => element('element', { name: step }, paths.map(attribute))),
    ...links.map((link) =>
      element('element', { name: link.name, type: 'link', target: link.schema }, [
        element('join', { 'xpath-dst': '@id', 'xpath-src': `@${link.by}` }),
      ]),
    ),
  ])
}
