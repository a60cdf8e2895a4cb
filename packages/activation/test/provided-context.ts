import 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
  }
}
