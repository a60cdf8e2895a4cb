/** Where Marketo is: the origin of its REST calls, and its token endpoint. */
export interface Endpoints {
  readonly rest: URL
  readonly token: URL
}

/**
 * Reads the two addresses as Marketo's admin page shows them (`…/rest`, `…/identity`), or bare, or with a trailing slash.
 * @param url REST endpoint
 * @param identityUrl identity endpoint; left out, it is on the same host
 */
export function endpoints(url: string, identityUrl: string | undefined): Endpoints {
  const rest = new URL(url)
  rest.pathname = stripped(rest.pathname, ['/rest'])
  const identity = new URL(identityUrl ?? rest)
  const base = stripped(identity.pathname, ['/oauth/token', '/identity'])
  identity.pathname = `${base}identity/oauth/token`
  return { rest, token: identity }
}

/** The path without these endings, always ending in a slash. */
function stripped(path: string, endings: readonly string[]): string {
  let left = path.replace(/\/+$/, '')
  for (const ending of endings) {
    if (left.endsWith(ending)) left = left.slice(0, -ending.length)
  }
  return `${left}/`
}
