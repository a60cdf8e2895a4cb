import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyOf } from '../http/server.ts'
import { isObject, parseObject } from '../json/json.ts'
import type { Account } from './account.ts'
import { invalidInput } from './admin-errors.ts'
import { type Operation, readOperations } from './admin-operations.ts'

/** One operation's answer, as a batch's answer has it. */
interface Result {
  readonly operationId: number
  readonly skipped: boolean
  readonly statusCode?: number
  readonly headers?: readonly { readonly name: string; readonly value: string }[]
  readonly body?: unknown
}

/**
 * Several calls of the Admin API in one (reference §5.3). Each passes the API by itself, with its own faults and its own
 * line in the journal; one whose predecessors did not all succeed is skipped.
 */
export function batchOperationRoute(app: FastifyInstance, { settings }: Account): void {
  const base = `/${settings.tenant}/target`

  app.post(`${base}/batch`, { config: { operation: 'admin.batch' } }, async (request, reply) => {
    const operations = readOperations(parseObject(bodyOf(request).toString())?.['operations'])
    const results = new Map<number, Result>()
    for (const operation of operations) {
      const isReady = operation.dependsOn.every((id) => isSuccess(results.get(id)))
      const result = isReady
        ? await run(operation, request, results)
        : { operationId: operation.operationId, skipped: true }
      results.set(operation.operationId, result)
    }
    await reply.send({ results: [...results.values()].toSorted(byOperation) })
  })

  async function run(
    { operationId, method, relativeUrl, headers, body }: Operation,
    { headers: own }: FastifyRequest,
    results: ReadonlyMap<number, Result>,
  ): Promise<Result> {
    const path = withIds(relativeUrl, results)
    const [, version, rest = path] = /^\/(v\d+)(\/.*)$/.exec(path) ?? []
    // `/v3/audiences` says the version in the address; else the operation's headers say it.
    const media =
      version === undefined ? {} : mediaOf(`application/vnd.adobe.target.${version}+json`)
    const answer = await app.inject({
      method,
      url: `${base}${rest.replace(/^\/target(?=\/)/, '')}`,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...media,
        authorization: own.authorization,
        'x-api-key': own['x-api-key'],
      },
      ...(method === 'GET' || method === 'DELETE' ? {} : { payload: withIds(body, results) }),
    })
    return {
      operationId,
      skipped: false,
      statusCode: answer.statusCode,
      headers: [{ name: 'Content-Type', value: typeOf(answer.headers) }],
      body: parseObject(answer.body) ?? {},
    }
  }
}

function typeOf(headers: Readonly<Record<string, unknown>>): string {
  const type = headers['content-type']
  return typeof type === 'string' ? type : ''
}

function mediaOf(type: string): Readonly<Record<string, string>> {
  return { 'content-type': type, accept: type }
}

function isSuccess(result: Result | undefined): boolean {
  const status = result?.statusCode ?? 0
  return status >= 200 && status < 300
}

function byOperation(a: Result, b: Result): number {
  return a.operationId - b.operationId
}

/** Puts the ids of what earlier operations made in place of `{operationIdResponse:0}`; alone in quotes it becomes a number. */
function withIds(text: string, results: ReadonlyMap<number, Result>): string {
  return text.replace(
    /("?)\{operationIdResponse:(\d{1,3})(?:\.id)?\}\1/g,
    (_all, quote: string, operationId: string) => {
      const body = results.get(Number(operationId))?.body
      const id = isObject(body) ? body['id'] : undefined
      if (typeof id !== 'number') throw invalidInput(`operation ${operationId} made nothing`)
      return text.startsWith('/') ? `${quote}${id}${quote}` : String(id)
    },
  )
}
