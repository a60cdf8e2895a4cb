import type { Receipt, SolutionLog } from '@segue/solution-kit'

/** One event for each trouble of a delivery, with how many rows it met. */
export function report(receipts: readonly Receipt[], log: SolutionLog): void {
  const counts = new Map<string, number>()
  for (const receipt of receipts) {
    const quiet = receipt.status === 'delivered' || receipt.status === 'rejected'
    if (!quiet) counts.set(receipt.code, (counts.get(receipt.code) ?? 0) + 1)
  }
  for (const [code, rows] of counts) {
    log({ level: 'warn', event: 'delivery_trouble', fields: { code, rows } })
  }
}
