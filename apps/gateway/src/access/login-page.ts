import { csrfTokenOf } from './session.ts'

/** What the page to sign in shows. */
export interface LoginPage {
  /** Where to go afterwards: a path of this gateway. */
  readonly next: string
  /** What went wrong, if anything did. */
  readonly problem?: string
  /** Who is signed in already, with the session. */
  readonly signedIn?: { readonly name: string; readonly session: string }
}

/** The headers that go with every page made here. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page, without scripts. */
export function loginPage({ next, problem, signedIn }: LoginPage): string {
  const content = signedIn === undefined ? signInForm(next) : signOutForm(signedIn)
  const alert = problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Segue</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 15vh auto 0; max-width: 26rem; padding: 0 1rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { margin: .25rem 0 1rem; padding: .5rem .75rem; border-radius: .375rem; border: 1px solid #8889 }
button { cursor: pointer }
[role=alert] { border-left: .25rem solid #c33; padding-left: .75rem }
</style>
</head>
<body>
<main>
<h1>Segue</h1>
${alert}
${content}
</main>
</body>
</html>
`
}

function signInForm(next: string): string {
  return `<form method="post" action="/login">
<input type="hidden" name="next" value="${escaped(next)}">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>`
}

function signOutForm({ name, session }: { name: string; session: string }): string {
  return `<p>Signed in as ${escaped(name)}.</p>
<p><a href="/queues">Queues</a> · <a href="/docs/">API</a></p>
<form method="post" action="/logout">
<input type="hidden" name="csrf" value="${csrfTokenOf(session)}">
<button>Sign out</button>
</form>`
}

/** Where a browser may be sent after it signed in: pages of this gateway and nothing else. */
export function safeNext(path: unknown): string {
  return typeof path === 'string' && nextPattern.test(path) ? path : '/queues'
}

const nextPattern = /^\/(?:queues|docs)(?:\/[\w%.:~-]+)*\/?$/

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
