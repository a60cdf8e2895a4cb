import { tokenCache } from '@segue/solution-kit'
import type { HttpClient } from '@segue/solution-kit'
import type { Edition } from '../edition.ts'
import type { ClassicSettings } from '../settings.ts'
import { deliverRows } from './deliver.ts'
import { groupsOf } from './groups.ts'
import { findRecipients } from './recipient-lookup.ts'
import { relationsOf } from './relations.ts'
import { logon } from './session.ts'
import { soapClient } from './soap-client.ts'

/** Campaign Classic v7: a segment is a group, a member is a recipient in it (`reference/solutions.md` §4.2). */
export function classicEdition(options: {
  readonly settings: ClassicSettings
  readonly http: HttpClient
  readonly nowMs: () => number
}): Edition {
  const { settings, http, nowMs } = options
  const { url, login, password, sessionSecs, keys } = settings
  const sessions = tokenCache({
    fetch: logon({ http, url, login, password, sessionSecs, nowMs }),
    nowMs,
  })
  const call = soapClient({ http, url, sessions, nowMs })
  const groups = groupsOf({
    call,
    namePrefix: settings.namePrefix,
    folder: settings.groupFolder,
  })
  const relations = relationsOf({
    call,
    recipientsPerWrite: settings.recipientsPerWrite,
    recipientFolder: settings.recipientFolder,
  })
  const parts = {
    findRecipients: (identities: Iterable<string>) => findRecipients(call, keys, identities),
    groups,
    relations,
    keys,
    createMissing: settings.createPolicy === 'createMissing',
  }
  return { counterparts: groups, deliver: (rows) => deliverRows(rows, parts) }
}
