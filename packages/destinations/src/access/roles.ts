import type { Permission } from './permissions.ts'

/** Binds permissions and sandboxes; who has several roles has the union (`reference/platform.md` §5). Its name is its id. */
export interface Role {
  readonly name: string
  readonly description: string
  readonly permissions: readonly Permission[]
  /** Names of sandboxes, or `*` for all, now and later. */
  readonly sandboxes: readonly string[]
}

/** Stands for all sandboxes. */
export const everySandbox = '*'
