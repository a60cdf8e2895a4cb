/** Looks up JSON that a token's issuer publishes, with bounds on time, size and on how often a failure is repeated. */
export type IssuerJson = (url: string, signal?: AbortSignal) => Promise<unknown>

export interface IssuerJsonOptions {
  /** Milliseconds before an address that failed is asked again. */
  readonly restMs: number
  /** Told of each look-up that failed. */
  readonly failed: (error: unknown) => void
  readonly nowMs?: () => number
}

const timeoutMs = 5_000
const bytesMax = 262_144

export function createIssuerJson({
  restMs,
  failed,
  nowMs = Date.now,
}: IssuerJsonOptions): IssuerJson {
  // Two addresses at most: the discovery document's and the keys'.
  const failedAtMs = new Map<string, number>()
  return async (url, signal) => {
    const failedMs = failedAtMs.get(url)
    if (failedMs !== undefined && nowMs() - failedMs < restMs) {
      throw new Error('the issuer did not answer a moment ago')
    }
    try {
      const json = await lookUp(
        url,
        AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      )
      failedAtMs.delete(url)
      return json
    } catch (error) {
      failedAtMs.set(url, nowMs())
      failed(error)
      throw error
    }
  }
}

async function lookUp(url: string, signal: AbortSignal): Promise<unknown> {
  // A redirection would lead to an address that nobody has configured.
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal,
  })
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    throw new Error(`the issuer answered ${response.status}`)
  }
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body) {
    bytes += part.length
    if (bytes > bytesMax) throw new Error(`the issuer answered more than ${bytesMax} bytes`)
    parts.push(part)
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}
