/** A hit's variables by lower-case name, whichever way they came: column, query string, XML tag. */
export type Variables = ReadonlyMap<string, string>

/**
 * Column names are not case sensitive, but for the type within `customerID.<type>.id` (reference §2.2).
 * `eVar10` → `evar10`.
 */
export function variableName(name: string): string {
  const customer = /^customerid\.(.+)\.(id|authstate|ismcseed)$/i.exec(name)
  if (customer === null) return name.toLowerCase()
  return `customerid.${customer[1]}.${customer[2]?.toLowerCase()}`
}

/** Names in query strings; the rest of them go by the column's own name. */
const queryNames: Readonly<Record<string, string>> = {
  g: 'pageurl',
  pe: 'linktype',
  pev1: 'linkurl',
  pev2: 'linkname',
  mid: 'marketingcloudvisitorid',
  vid: 'visitorid',
  ts: 'timestamp',
}
const numbered: Readonly<Record<string, string>> = { v: 'evar', l: 'list', c: 'prop' }

/** Reads `mid=…&pe=lnk_o&pev2=…&v10=…`, as image requests and the `queryString` column have it. */
export function queryVariables(query: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const [given, value] of new URLSearchParams(query)) {
    const number = /^([vlc])(\d+)$/.exec(given)
    const seed = /^cid\.(.+)\.(id|as|ismcseed)$/i.exec(given)
    const prefix = numbered[number?.[1] ?? '']
    const name =
      prefix === undefined
        ? seed === null
          ? (queryNames[given] ?? variableName(given))
          : `customerid.${seed[1]}.${seed[2]?.toLowerCase()}`
        : `${prefix}${number?.[2]}`
    variables.set(name, name === 'linktype' ? value.replace(/^lnk_/, '') : value)
  }
  return variables
}
