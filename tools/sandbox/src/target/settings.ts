/** What can be set of the target servers. A limit of 0 is no limit. */
export interface TargetSettings {
  readonly clientId: string
}

export const targetDefaults: TargetSettings = {
  clientId: 'sandbox-target',
}

export const targetLoose: Partial<TargetSettings> = {}
