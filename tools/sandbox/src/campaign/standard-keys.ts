/** A custom key field, the filter that finds by it and the filter's parameter. */
export interface KeyParameter {
  readonly namespace: string
  readonly field: string
  readonly filter: string
  readonly parameter: string
}

/** `cusEcid` is found by `byEcid?ecid_parameter=`: the form of the documented `byAmount?amount_parameter=`. */
export function keyParameters(keys: Readonly<Record<string, string>>): readonly KeyParameter[] {
  return Object.entries(keys).map(([namespace, field]) => {
    const name = field.replace(/^cus/, '')
    return {
      namespace,
      field,
      filter: `by${name}`,
      parameter: `${name.slice(0, 1).toLowerCase()}${name.slice(1)}_parameter`,
    }
  })
}
