import type { Access } from '../../access/permissions.ts'

/** Policies, marketing actions and labels are the organisation's, in all its sandboxes. */
export const view: Access = 'view-data-usage-policies'
export const manage: Access = 'manage-data-usage-policies'

export const tags: string[] = ['Governance']
