export type { ProvidedContext } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}
