import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { administratorRole } from '@segue/destinations'
import type { Tokens } from '@segue/redis'

/**
 * Makes sure that somebody can use this gateway: hands out an administrator's token where none is valid.
 *
 * Without a file, the first start prints one, once. With a file, the token in it is kept as long as it is valid, and replaced
 * else; nothing is printed but where it is. Whoever may set the file may also read Redis, so that this gives nothing away.
 *
 * @param print shows text to the person who started this
 */
export async function provideFirstToken(
  tokens: Tokens,
  file: string | undefined,
  print: (text: string) => void,
): Promise<void> {
  if (file === undefined) {
    const all = await tokens.list()
    if (all.some(({ roles, session }) => !session && roles.includes(administratorRole))) return
    print(framed('Admin token. It is shown this once:', await issueAdmin(tokens)))
    return
  }
  const kept = await readFile(file, 'utf8').catch(() => '')
  if ((await tokens.verify(kept.trim())) !== undefined) return
  await mkdir(dirname(file), { recursive: true })
  // Renamed into place, so that nobody ever reads half a token.
  const whole = `${file}.new`
  await writeFile(whole, `${await issueAdmin(tokens)}\n`, { mode: 0o600 })
  await rename(whole, file)
  print(framed('An admin token was written to:', file))
}

async function issueAdmin(tokens: Tokens): Promise<string> {
  const { token } = await tokens.issue({ name: 'admin', roles: [administratorRole] })
  return token
}

function framed(...lines: readonly string[]): string {
  const width = Math.max(...lines.map(({ length }) => length))
  const edge = '─'.repeat(width + 2)
  const rows = lines.map((line) => `│ ${line.padEnd(width)} │`)
  return [`┌${edge}┐`, ...rows, `└${edge}┘`, ''].join('\n')
}
