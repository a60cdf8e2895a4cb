import { bookCodes } from '@segue/destinations'
import { rejectionCodes, warningCodes } from '@segue/model'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { gatewayCodes } from '../codes.ts'
import { answers } from './schemas.ts'

/** `GET /v1/codes`: what every stable code means, and what to do. */
export function codesRoute(gateway: FastifyInstance): void {
  gateway.route({
    method: 'GET',
    url: '/v1/codes',
    config: { access: 'anyToken' },
    schema: {
      tags: ['Status'],
      summary: 'Lists every stable code with its meaning and remedy',
      response: answers({ 200: Type.Object({ codes: Type.Array(codeSchema) }) }),
    },
    handler: async () => ({ codes: allCodes }),
  })
}

const codeSchema = Type.Object(
  {
    code: Type.String({ description: 'A part in angle brackets stands for any.' }),
    where: Type.Union(
      [
        Type.Literal('answer'),
        Type.Literal('update'),
        Type.Literal('warning'),
        Type.Literal('run'),
      ],
      {
        description:
          'Of an answer; of an update that is rejected; of a warning about one; of records in runs and books, dead letters, and the trouble of a solution.',
      },
    ),
    status: Type.Optional(Type.Integer({ description: 'Of an answer: its HTTP status.' })),
    solution: Type.Optional(
      Type.String({ description: 'Whose it is. Without it: Segue’s, or every solution’s.' }),
    ),
    meaning: Type.String(),
    remedy: Type.String(),
  },
  { title: 'Code' },
)

const allCodes: readonly object[] = [
  ...Object.entries(rejectionCodes).map(([code, said]) => ({ code, where: 'update', ...said })),
  ...Object.entries(warningCodes).map(([code, said]) => ({ code, where: 'warning', ...said })),
  ...Object.entries(gatewayCodes).map(([code, said]) => ({ code, where: 'answer', ...said })),
  ...bookCodes().map(({ solution, ...said }) => ({
    ...said,
    where: 'run',
    ...(solution === undefined ? {} : { solution }),
  })),
]
