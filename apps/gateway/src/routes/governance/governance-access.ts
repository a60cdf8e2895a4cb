import type { Access } from '../../access/permissions.ts'

export const view: Access = 'view-data-usage-policies'
/** Policies, marketing actions and labels count in all sandboxes of the organisation. */
export const manage: Access = { everywhere: 'manage-data-usage-policies' }

export const tags: string[] = ['Governance']
