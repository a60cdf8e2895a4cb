import { readFile } from 'node:fs/promises'

/** Ticks of `/proc` a second: fixed in Linux' interface, whatever the kernel counts in. */
const ticksPerSecond = 100

/** CPU time that a process has used so far, in user and kernel mode, milliseconds. Linux only. */
export async function cpuMsOf(processId: number): Promise<number> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8')
  // After the name, which stands in brackets and may hold anything, the third field comes first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return (ticks * 1_000) / ticksPerSecond
}
