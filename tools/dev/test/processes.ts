import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** @returns the ids of all processes that the process started, and that these started, as of now */
export async function descendantsOf(processId: number): Promise<readonly number[]> {
  const parents = existsSync('/proc/self/stat') ? await parentsByProc() : await parentsByPs()
  const childrenOf = Map.groupBy(parents, ([, parent]) => parent)
  const found: number[] = []
  const open = [processId]
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const [child] of childrenOf.get(parent) ?? []) {
      found.push(child)
      open.push(child)
    }
  }
  return found
}

type ProcessAndParent = readonly [processId: number, parent: number]

/** Slim containers have no `ps`. */
async function parentsByProc(): Promise<readonly ProcessAndParent[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const pairs = await Promise.all(
    ids.map(async (id): Promise<readonly ProcessAndParent[]> => {
      const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined)
      // After the name, which stands in brackets and may hold anything: state, parent.
      const parent = text?.slice(text.lastIndexOf(')') + 2).split(' ')[1]
      return parent === undefined ? [] : [[id, Number(parent)]]
    }),
  )
  return pairs.flat()
}

async function parentsByPs(): Promise<readonly ProcessAndParent[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
      return [id, parent]
    })
}
