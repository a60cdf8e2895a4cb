import type { Random } from '../random/random.ts'
import type { StoredObject } from '../s3/bucket.ts'
import type { Trait } from './catalogue.ts'
import { type DataSource, gaidDataSource, idfaDataSource, isWellFormed } from './data-sources.ts'
import { type InboundItem, parseInboundLine } from './inbound-line.ts'
import { type FileLine, linesOf } from './inbound-lines.ts'
import { type InboundName, parseInboundName } from './inbound-name.ts'
import { emptyReceipt, type FileProblem, type InboundReceipt } from './inbound-receipt.ts'
import type { Partner } from './partner.ts'

/** One uploaded file on its way into the profiles. */
export interface InboundJob {
  /** Applies the next lines; false once there are none. */
  readonly step: () => Promise<boolean>
  /** The counters so far; complete once `step` answered false. */
  readonly receipt: InboundReceipt
}

/** @param random decides between entries of one file that contradict each other, which Adobe's job orders as it likes */
export function createInboundJob(
  partner: Partner,
  object: StoredObject,
  random: Random,
): InboundJob {
  const nowMs = partner.clock.nowMs()
  const checked = checkFile(partner, object)
  if (typeof checked === 'string') {
    const receipt = emptyReceipt(object.key, nowMs, { problem: checked })
    return { step: () => Promise.resolve(false), receipt }
  }
  const { name, source, target } = checked
  const { lineBytes, linesPerUser } = partner.settings
  let receipt = emptyReceipt(object.key, nowMs, {
    dataSourceId: source.dataSourceId,
    targetDataSourceId: target.dataSourceId,
  })
  const lines = linesOf(object.content, name.gzipped, lineBytes)
  const linesOfUser = new Map<string, number>()
  const stored = new Set<string>()
  const failed = new Set<string>()
  const cleared = new Set<string>()

  const countItem = (item: InboundItem, userId: string): boolean => {
    const traits = traitsOf(partner, item, target).filter((trait) =>
      isReady(partner, trait, object),
    )
    const own = traits.filter((trait) => trait.dataSourceId === target.dataSourceId)
    if (own.length < traits.length) {
      receipt.totalTraitsFailedValidation += traits.length - own.length
      failed.add(userId)
    }
    if (own.length === 0) receipt.totalUnusedSignals += 1
    for (const { sid } of own) {
      if (item.kind === 'unset') {
        // An overwrite file says what a user has; it takes nothing away by name.
        if (name.mode === 'overwrite') continue
        partner.memberships.unset(sid, source.dataSourceId, userId)
        receipt.totalRemovedTraits += 1
      } else {
        partner.memberships.set(sid, source.dataSourceId, userId, partner.clock.nowMs())
        receipt.totalRealizedTraits += 1
      }
    }
    return own.length > 0
  }

  const applyLine = (text: FileLine): void => {
    const line = text === undefined ? undefined : parseInboundLine(text)
    if (line === undefined) {
      receipt.formatErrors += 1
      receipt.recordsProcessed += 1
      return
    }
    const { userId, items } = line
    const count = (linesOfUser.get(userId) ?? 0) + 1
    linesOfUser.set(userId, count)
    // Lines beyond the bound are dropped before they are processed.
    if (count > linesPerUser) return
    receipt.recordsProcessed += 1
    receipt.totalSignals += items.length
    if (!isWellFormed(source.idKind, userId)) {
      if (source.idKind === 'ECID') receipt.invalidAamId += 1
      else receipt.invalidDeviceId += 1
      return
    }
    if (name.mode === 'overwrite' && !cleared.has(userId)) {
      cleared.add(userId)
      for (const { sid } of partner.catalogue.traitsOf(target.dataSourceId)) {
        if (partner.memberships.unset(sid, source.dataSourceId, userId))
          receipt.totalRemovedTraits += 1
      }
    }
    const realized = random.shuffle(items).map((item) => countItem(item, userId))
    if (realized.includes(true)) stored.add(userId)
    else receipt.noTraitRealized += 1
  }

  const finish = (): void => {
    if (receipt.recordsReceived === 0) {
      receipt = emptyReceipt(object.key, nowMs, { problem: 'EMPTY' })
      return
    }
    const { recordsProcessed, formatErrors, invalidAamId, invalidDeviceId } = receipt
    receipt.storedRecords =
      recordsProcessed -
      (formatErrors +
        invalidAamId +
        invalidDeviceId +
        receipt.noMatchingAamId +
        receipt.noTraitRealized)
    receipt.totalDevices = stored.size
    receipt.usersWithTraitsFailedValidation = failed.size
    receipt.jobEnd = new Date(partner.clock.nowMs()).toISOString()
  }

  return {
    step: async () => {
      let next: IteratorResult<readonly FileLine[], void>
      try {
        next = await lines.next()
      } catch {
        receipt = emptyReceipt(object.key, nowMs, { problem: 'NOT_GZIP' })
        return false
      }
      if (next.done === true) {
        finish()
        return false
      }
      const batch = next.value.filter((line) => line !== '')
      receipt.recordsReceived += batch.length
      for (const line of random.shuffle(batch)) applyLine(line)
      return true
    },
    get receipt() {
      return receipt
    },
  }
}

/** The rules that a file must meet before a line of it is read. */
function checkFile(
  partner: Partner,
  object: StoredObject,
): FileProblem | { name: InboundName; source: DataSource; target: DataSource } {
  const name = parseInboundName(object.key, partner.settings.partner)
  if (typeof name === 'string') return name === 'BAD_FOLDER' ? name : 'BAD_NAME'
  if (object.acl !== 'bucket-owner-full-control') return 'ACL_NOT_BUCKET_OWNER_FULL_CONTROL'
  const { dataSourceId, targetDataSourceId } = name
  const source = partner.catalogue.dataSources.byId(dataSourceId)
  if (source === undefined) return 'UNKNOWN_DATA_SOURCE'
  const needsTarget = dataSourceId === gaidDataSource || dataSourceId === idfaDataSource
  if (needsTarget && targetDataSourceId === undefined) return 'TARGET_REQUIRED'
  const target = partner.catalogue.dataSources.byId(targetDataSourceId ?? dataSourceId)
  if (target === undefined) return 'UNKNOWN_TARGET_DATA_SOURCE'
  if (object.content.length === 0) return 'EMPTY'
  const looksGzipped = object.content[0] === 0x1f && object.content[1] === 0x8b
  if (name.gzipped && !looksGzipped) return 'NOT_GZIP'
  if (!name.gzipped && looksGzipped) return 'GZIP_WITHOUT_SUFFIX'
  return { name, source, target }
}

/** Onboarded traits that an entry means; a sid that is not there, or of another type, means none. */
function traitsOf(partner: Partner, item: InboundItem, target: DataSource): readonly Trait[] {
  const { traits, traitsFor } = partner.catalogue
  if (item.kind === 'signal') {
    // A signal speaks to the rules of the file's own traits; a stranger's rule is no failure of this file.
    return traitsFor(item).filter(
      (trait) =>
        trait.traitType === 'ON_BOARDED_TRAIT' && trait.dataSourceId === target.dataSourceId,
    )
  }
  const trait = traits.get(item.sid)
  return trait?.traitType === 'ON_BOARDED_TRAIT' ? [trait] : []
}

/** The inbound job knows a trait only some hours after it was made (reference §1.3). */
function isReady(partner: Partner, trait: Trait, object: StoredObject): boolean {
  return object.modifiedMs - trait.createTime >= partner.settings.traitReadyMs
}
