import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type SandboxReady, readSandboxReady } from './sandbox-ready.ts'

/** One call that a server of the sandbox had. */
export interface SandboxRequest {
  readonly seq: number
  readonly operation: string
  readonly status: number
  /** `ok`, the code that was answered, or `hang` and `drop`. */
  readonly answer: string
  readonly applied: boolean
  /** Lead ids, where the call was about leads. */
  readonly rows?: readonly number[] | undefined
}

const request: z.ZodType<SandboxRequest> = z.object({
  seq: z.int(),
  operation: z.string(),
  status: z.int(),
  answer: z.string(),
  applied: z.boolean(),
  rows: z.array(z.int()).optional(),
})

const members = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      name: z.string(),
      segment: z.string(),
      members: z.array(z.string()),
    }),
  ),
)

/** A list, a trait, an audience, with whom the solution holds in it. */
export interface SandboxCounterpart {
  readonly remoteId: string
  readonly name: string
  /** `remoteSegmentId` of its segment. */
  readonly segment: string
  readonly members: readonly string[]
}

/** A sandbox of the test's own: the real program in a process, talked to over HTTP only. */
export interface SandboxProcess {
  readonly ready: SandboxReady
  /** Plans answers, see the sandbox's README: `{ marketo: ['602', 'hang'] }`. */
  readonly faults: (plan: object) => Promise<void>
  readonly clearFaults: () => Promise<void>
  readonly advance: (ms: number) => Promise<void>
  /** Makes people known to a solution: fields by name, see the sandbox's README. */
  readonly seed: (
    solution: string,
    people: readonly Readonly<Record<string, string>>[],
  ) => Promise<void>
  /** Applies what solutions accepted, whatever the clock says. */
  readonly process: () => Promise<void>
  /** Segments' counterparts as the solution holds them. */
  readonly counterparts: (solution: string) => Promise<readonly SandboxCounterpart[]>
  /** Who is a member, by what the solution holds as applied: identities, sorted; undefined where it has no such segment. */
  readonly members: (
    solution: string,
    remoteSegmentId: string,
  ) => Promise<readonly string[] | undefined>
  /** Any other control call of the sandbox: see its README. */
  readonly control: (method: string, path: string, body?: object) => Promise<unknown>
  readonly requests: (solution: string, afterSeq?: number) => Promise<readonly SandboxRequest[]>
  readonly close: () => Promise<void>
}

const program = new URL('../../../../tools/sandbox/src/main.ts', import.meta.url)

/**
 * Starts a sandbox on free ports of the loopback.
 * @param settings as the sandbox takes them: `{ preset: 'loose', marketo: { callsPerDay: 10 } }`
 */
export async function startSandbox(settings: object = {}): Promise<SandboxProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-sandbox-'))
  const settingsFile = join(folder, 'settings.json')
  await writeFile(settingsFile, JSON.stringify(settings))
  const args = [program.pathname, '--settings', settingsFile, '--exit-with-parent']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  // It ends with this process, whatever ended that: nobody writes to its standard input.
  const firstLine = once(createInterface(child.stdout), 'line')
  const line: unknown = await Promise.race([
    firstLine.then(([first]: unknown[]) => first),
    ended.then(() => undefined),
  ])
  if (typeof line !== 'string') throw new Error('the sandbox ended before it was ready')
  const ready = readSandboxReady(JSON.parse(line))

  async function control(method: string, path: string, body?: object): Promise<unknown> {
    const init =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(new URL(path, ready.control), init)
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`)
    return JSON.parse(answer) as unknown
  }

  async function counterparts(solution: string): Promise<readonly SandboxCounterpart[]> {
    const all = members.parse(await control('GET', '/control/members'))
    return Object.entries(all[solution] ?? {}).map(([remoteId, one]) => ({ ...one, remoteId }))
  }

  return {
    ready,
    faults: async (plan) => void (await control('POST', '/control/faults', plan)),
    clearFaults: async () => void (await control('DELETE', '/control/faults')),
    advance: async (advanceMs) => void (await control('POST', '/control/clock', { advanceMs })),
    seed: async (solution, people) =>
      void (await control('POST', '/control/seed', { [solution]: people })),
    process: async () => void (await control('POST', '/control/process', {})),
    counterparts,
    members: async (solution, id) =>
      (await counterparts(solution)).find((one) => one.segment === id)?.members,
    control,
    requests: async (solution, afterSeq = 0) => {
      const query = new URLSearchParams({ solution, after: `${afterSeq}` })
      const answer = await control('GET', `/control/requests?${query.toString()}`)
      return z.object({ requests: z.array(request) }).parse(answer).requests
    },
    close: async () => {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
