import { type ObjectType, wildcardFor } from './access-types.ts'
import type { AudienceManagerSettings } from './settings.ts'

export const userStatuses = ['ACTIVE', 'INACTIVE', 'LOCKED'] as const

/** A user, in the field names of the REST API. Permissions come from groups alone (reference §1.6). */
export interface User {
  readonly pid: number
  readonly userId: number
  readonly username: string
  readonly status: (typeof userStatuses)[number]
  readonly firstName: string
  readonly lastName: string
  readonly emailAddress: string
  readonly title: string
  readonly phoneNumber: string
  readonly groups: readonly number[]
  /** A partner admin may everything. */
  readonly isAdmin: boolean
}

/** What a group may do with the traits or segments of a data source, or with a destination [I]. */
export interface GroupPermission {
  readonly objectType: ObjectType
  readonly objectId: number
  readonly permissions: readonly string[]
}

export interface Group {
  readonly groupId: number
  readonly name: string
  readonly description: string
  readonly wildcards: readonly string[]
  readonly permissions: readonly GroupPermission[]
}

export interface AccountsState {
  readonly users: readonly User[]
  readonly groups: readonly Group[]
}

/** Who uses Audience Manager, and what each may see and do. */
export interface Accounts {
  readonly users: ReadonlyMap<number, User>
  readonly groups: ReadonlyMap<number, Group>
  readonly newUserId: () => number
  readonly newGroupId: () => number
  readonly putUser: (user: User) => void
  readonly removeUser: (userId: number) => void
  readonly putGroup: (group: Group) => void
  /** Removes the group, and its members from it. */
  readonly removeGroup: (groupId: number) => void
  /** The user behind IMS credentials, active or not: the technical account, or whoever's username is the client id [I]. */
  readonly byClient: (clientId: string) => User | undefined
  readonly may: (user: User, type: ObjectType, permission: string, objectId: number) => boolean
  readonly snapshot: () => AccountsState
  readonly restore: (state: AccountsState) => void
}

/** Its documented bound, also for groups (reference §1.4). */
export const accountsMax = 1_000

/** The account of whoever holds the partner's own credentials. */
export const technicalUserId = 7
const firstGroupId = 100

export function createAccounts(settings: AudienceManagerSettings): Accounts {
  const users = new Map<number, User>()
  const groups = new Map<number, Group>()
  let nextUserId = technicalUserId
  let nextGroupId = firstGroupId
  const putUser = (user: User): void => {
    users.set(user.userId, user)
    nextUserId = Math.max(nextUserId, user.userId + 1)
  }
  const putGroup = (group: Group): void => {
    groups.set(group.groupId, group)
    nextGroupId = Math.max(nextGroupId, group.groupId + 1)
  }
  putUser({
    pid: settings.pid,
    userId: technicalUserId,
    username: 'segue-technical-account',
    status: 'ACTIVE',
    firstName: 'Segue',
    lastName: 'Technical Account',
    emailAddress: 'segue@techacct.adobe.com',
    title: '',
    phoneNumber: '',
    groups: [],
    isAdmin: true,
  })
  return {
    users,
    groups,
    newUserId: () => nextUserId,
    newGroupId: () => nextGroupId,
    putUser,
    removeUser: (userId) => void users.delete(userId),
    putGroup,
    removeGroup: (groupId) => {
      groups.delete(groupId)
      for (const user of users.values()) {
        if (!user.groups.includes(groupId)) continue
        users.set(user.userId, { ...user, groups: user.groups.filter((id) => id !== groupId) })
      }
    },
    byClient: (clientId) => {
      if (clientId === settings.clientId) return users.get(technicalUserId)
      return [...users.values()].find(({ username }) => username === clientId)
    },
    may: (user, type, permission, objectId) => {
      if (user.isAdmin || !settings.roleBasedAccess) return true
      const wildcard = wildcardFor(type, permission)
      return user.groups.some((groupId) => {
        const group = groups.get(groupId)
        if (group === undefined) return false
        return (
          (wildcard !== undefined && group.wildcards.includes(wildcard)) ||
          group.permissions.some(
            (granted) =>
              granted.objectType === type &&
              granted.objectId === objectId &&
              granted.permissions.includes(permission),
          )
        )
      })
    },
    snapshot: () => ({ users: [...users.values()], groups: [...groups.values()] }),
    restore: (state) => {
      for (const user of state.users) putUser(user)
      for (const group of state.groups) putGroup(group)
    },
  }
}
