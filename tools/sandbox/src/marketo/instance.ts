import type { Clock } from '../clock/clock.ts'
import { leadFields, type LeadField } from './fields.ts'
import { createLeads, type Lead, type Leads } from './leads.ts'
import { createLimits, type Limits } from './limits.ts'
import { createStaticLists, type Folder, type StaticLists } from './lists.ts'
import type { MarketoSettings } from './settings.ts'
import { createTokens, type Tokens } from './tokens.ts'

/** One Marketo instance: what its routes share. */
export interface Instance {
  readonly settings: MarketoSettings
  readonly clock: Clock
  readonly fields: ReadonlyMap<string, LeadField>
  readonly leads: Leads
  readonly lists: StaticLists
  readonly limits: Limits
  readonly tokens: Tokens
  /** Says that something changed that a restart must not lose. */
  readonly touch: () => void
  readonly snapshot: () => InstanceState
  readonly restore: (state: InstanceState) => void
}

/** What survives a restart: people and lists, not tokens, windows or statistics. */
export interface InstanceState {
  readonly nextLeadId: number
  readonly leads: readonly Lead[]
  readonly nextListId: number
  readonly lists: readonly {
    readonly id: number
    readonly name: string
    readonly description?: string
    readonly folder: Folder
    readonly createdAtMs: number
    readonly updatedAtMs: number
    readonly members: readonly number[]
  }[]
}

export function createInstance(
  settings: MarketoSettings,
  clock: Clock,
  touch: () => void,
): Instance {
  const fields = leadFields(settings)
  const leads = createLeads(fields)
  const lists = createStaticLists()
  return {
    settings,
    clock,
    fields,
    leads,
    lists,
    limits: createLimits(settings, clock),
    tokens: createTokens(settings.tokenTtlS, clock),
    touch,
    snapshot: () => ({
      nextLeadId: leads.nextId(),
      leads: [...leads.all()],
      nextListId: lists.nextId(),
      lists: lists.all().map(({ members, description, ...list }) => ({
        ...list,
        ...(description === undefined ? {} : { description }),
        members: [...members],
      })),
    }),
    restore: (state) => {
      leads.load(state.leads, state.nextLeadId)
      lists.load(
        state.lists.map(({ members, description, ...list }) => ({
          ...list,
          description,
          members: new Set(members),
        })),
        state.nextListId,
      )
    },
  }
}
