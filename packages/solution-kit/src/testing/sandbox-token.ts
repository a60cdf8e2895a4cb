import { z } from 'zod'

/** A token of the sandbox's IMS, for tests that look at a solution's own API (`reference/solutions.md` §0.4). */
export async function sandboxToken(at: {
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: string
}): Promise<string> {
  const body = new URLSearchParams({
    client_id: at.clientId,
    client_secret: at.clientSecret,
    grant_type: 'client_credentials',
    scope: 'openid,AdobeID',
  })
  const answer = await fetch(`${at.imsUrl}/ims/token/v3`, { method: 'POST', body })
  return z.object({ access_token: z.string() }).parse(await answer.json()).access_token
}
