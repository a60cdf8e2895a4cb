import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { isObject } from '../../json/json.ts'

/** An element of a document; prefixes are dropped, namespaces are not looked at. */
export interface XmlElement {
  readonly name: string
  /** Without namespace declarations. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, trimmed. */
  readonly text: string
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  trimValues: false,
  // Without it character references such as &#233; stay as they are.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** Reads a document. Undefined where it is not well-formed, or where it brings declarations of its own. */
export function parseXml(text: string): XmlElement | undefined {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined
  const nodes: unknown = parser.parse(text)
  return childrenOf(nodes)[0]
}

/** The first child element, or the first with the name. */
export function childOf(parent: XmlElement | undefined, name?: string): XmlElement | undefined {
  return parent?.children.find((child) => name === undefined || child.name === name)
}

/** Writes an element; where it has text, that comes before its children. */
export function writeXml({ name, attributes, children, text }: XmlElement): string {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
    .join('')
  return `<${name}${given}>${escapeXml(text)}${children.map(writeXml).join('')}</${name}>`
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly XmlElement[] = [],
): XmlElement {
  return { name, attributes, children, text: '' }
}

const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"'\t\n\r]/g, (sign) => named[sign] ?? `&#${sign.charCodeAt(0)};`)
}

/** The parser's nodes: one object each, with the element's name, `:@` for its attributes, `#text` for text. */
function childrenOf(nodes: unknown): XmlElement[] {
  if (!Array.isArray(nodes)) return []
  return nodes.flatMap((node: unknown) => {
    if (!isObject(node)) return []
    const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text')
    if (name === undefined) return []
    return [
      {
        name: localName(name),
        attributes: attributesOf(node[':@']),
        children: childrenOf(node[name]),
        text: textOf(node[name]),
      },
    ]
  })
}

function attributesOf(given: unknown): Record<string, string> {
  if (!isObject(given)) return {}
  return Object.fromEntries(
    Object.entries(given)
      .filter(([name]) => name !== 'xmlns' && !name.includes(':'))
      .map(([name, value]) => [name, String(value)]),
  )
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  return nodes
    .map((node: unknown) =>
      isObject(node) && typeof node['#text'] === 'string' ? node['#text'] : '',
    )
    .join('')
    .trim()
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
