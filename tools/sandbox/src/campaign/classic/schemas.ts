import type { CampaignSettings } from '../settings.ts'
import type { IndexShape } from '../table.ts'

/** A schema of Classic's data model, as far as memberships need it (reference §4.2, `data-model-description.md`). */
export interface Schema {
  /** `nms:recipient`. */
  readonly id: string
  /** The document's element, `recipient`. */
  readonly name: string
  readonly label: string
  /** As the database names it, `NmsRecipient`. */
  readonly table: string
  /** Paths without `@`: `email`, `folder-id`, `location/city`. `id` where the table has one. */
  readonly attributes: ReadonlySet<string>
  /** Attributes that hold numbers. */
  readonly numbers: ReadonlySet<string>
  /** Links to one record: the element's name, what it points to, and the attribute that holds the id. */
  readonly links: readonly { readonly name: string; readonly schema: string; readonly by: string }[]
  /** Links to many: the element's name, whose records they are, and their attribute that points back. */
  readonly collections: readonly {
    readonly name: string
    readonly schema: string
    readonly by: string
  }[]
  /** Keys that reconcile a document which names none, in this order. */
  readonly keys: readonly (readonly string[])[]
  readonly indexes: readonly IndexShape[]
  /** A link that a new record must have [I]. */
  readonly required?: string
  readonly firstId: number
}

const common = ['id', 'created', 'lastModified']

/** The schemas of an instance by id. */
export function classicSchemas({ classicKeys }: CampaignSettings): ReadonlyMap<string, Schema> {
  const custom = Object.values(classicKeys)
  const schemas: Schema[] = [
    {
      id: 'nms:recipient',
      name: 'recipient',
      label: 'Recipients',
      table: 'NmsRecipient',
      attributes: new Set([
        ...common,
        'email',
        'firstName',
        'middleName',
        'lastName',
        'salutation',
        'gender',
        'birthDate',
        'phone',
        'mobilePhone',
        'fax',
        'language',
        'account',
        'blackList',
        'folder-id',
        'location/city',
        'location/zipCode',
        'location/address3',
        'location/countryCode',
        'location/stateCode',
        ...custom,
      ]),
      numbers: new Set(['id', 'gender', 'blackList', 'folder-id']),
      links: [{ name: 'folder', schema: 'xtk:folder', by: 'folder-id' }],
      collections: [
        { name: 'rcpGrpRel', schema: 'nms:rcpGrpRel', by: 'recipient-id' },
        { name: 'subscription', schema: 'nms:subscription', by: 'recipient-id' },
      ],
      keys: [['id'], ...custom.map((attribute) => [attribute])],
      indexes: [
        { name: 'NmsRecipient_email', attributes: ['email'], unique: false },
        ...custom.map((attribute) => ({
          name: `NmsRecipient_${attribute}`,
          attributes: [attribute],
          unique: true,
        })),
      ],
      firstId: 1362,
    },
    {
      id: 'nms:group',
      name: 'group',
      label: 'Groups',
      table: 'NmsGroup',
      attributes: new Set([...common, 'name', 'label', 'desc', 'folder-id']),
      numbers: new Set(['id', 'folder-id']),
      links: [{ name: 'folder', schema: 'xtk:folder', by: 'folder-id' }],
      collections: [{ name: 'rcpGrpRel', schema: 'nms:rcpGrpRel', by: 'group-id' }],
      keys: [['id'], ['name']],
      indexes: [{ name: 'NmsGroup_name', attributes: ['name'], unique: true }],
      required: 'folder-id',
      firstId: 1872,
    },
    {
      id: 'nms:rcpGrpRel',
      name: 'rcpGrpRel',
      label: 'Recipient group relations',
      table: 'NmsRcpGrpRel',
      attributes: new Set(['group-id', 'recipient-id']),
      numbers: new Set(['group-id', 'recipient-id']),
      links: [
        { name: 'rcpGroup', schema: 'nms:group', by: 'group-id' },
        { name: 'recipient', schema: 'nms:recipient', by: 'recipient-id' },
      ],
      collections: [],
      keys: [['group-id', 'recipient-id']],
      indexes: [
        { name: 'NmsRcpGrpRel_id', attributes: ['group-id', 'recipient-id'], unique: true },
        { name: 'NmsRcpGrpRel_groupId', attributes: ['group-id'], unique: false },
        { name: 'NmsRcpGrpRel_recipientId', attributes: ['recipient-id'], unique: false },
      ],
      firstId: 1,
    },
    {
      id: 'nms:service',
      name: 'service',
      label: 'Services',
      table: 'NmsService',
      attributes: new Set([...common, 'name', 'label', 'desc', 'type', 'folder-id']),
      numbers: new Set(['id', 'type', 'folder-id']),
      links: [{ name: 'folder', schema: 'xtk:folder', by: 'folder-id' }],
      collections: [{ name: 'subscription', schema: 'nms:subscription', by: 'service-id' }],
      keys: [['id'], ['name']],
      indexes: [{ name: 'NmsService_name', attributes: ['name'], unique: true }],
      required: 'folder-id',
      firstId: 1201,
    },
    {
      id: 'nms:subscription',
      name: 'subscription',
      label: 'Subscriptions',
      table: 'NmsSubscription',
      attributes: new Set(['service-id', 'recipient-id', 'created', 'expirationDate']),
      numbers: new Set(['service-id', 'recipient-id']),
      links: [
        { name: 'service', schema: 'nms:service', by: 'service-id' },
        { name: 'recipient', schema: 'nms:recipient', by: 'recipient-id' },
      ],
      collections: [],
      keys: [['service-id', 'recipient-id']],
      indexes: [
        { name: 'NmsSubscription_id', attributes: ['service-id', 'recipient-id'], unique: true },
        { name: 'NmsSubscription_serviceId', attributes: ['service-id'], unique: false },
        { name: 'NmsSubscription_recipientId', attributes: ['recipient-id'], unique: false },
      ],
      firstId: 1,
    },
    {
      id: 'xtk:folder',
      name: 'folder',
      label: 'Folders',
      table: 'XtkFolder',
      attributes: new Set([...common, 'name', 'label', 'fullName', 'model', 'parent-id']),
      numbers: new Set(['id', 'parent-id']),
      links: [{ name: 'parent', schema: 'xtk:folder', by: 'parent-id' }],
      collections: [],
      keys: [['id'], ['name']],
      indexes: [{ name: 'XtkFolder_name', attributes: ['name'], unique: true }],
      firstId: 1159,
    },
  ]
  return new Map(schemas.map((schema) => [schema.id, schema]))
}

/** `Recipients (nms:recipient)`, as errors name it. */
export function titleOf({ label, id }: Schema): string {
  return `${label} (${id})`
}

/** A path as it is kept: `[@folder-id]`, `@folder-id` and `folder-id` are one. */
export function pathOf(xpath: string): string {
  return xpath.replaceAll(/[[\]@\s]/g, '')
}
