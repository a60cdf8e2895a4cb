/** Codes of labels, marketing actions and policies. */
export const governanceCodes = {
  POLICY_VIOLATION: {
    status: 409,
    meaning:
      'After the change, an activated segment would be used for something that a policy denies for its labels; `violations` lists what and where.',
    remedy:
      'Follow one of the `remedies`: change the labels, what the destination is used for, what is activated, or the policy.',
  },
  POLICY_INVALID: {
    status: 400,
    meaning: 'The policy is not as documented; `errors` names the places.',
    remedy:
      '`deny` is `{ "label": … }` or `{ "operator": "AND"|"OR", "operands": […] }`, at most 10 deep with 200 parts.',
  },
  POLICY_UNKNOWN: {
    status: 404,
    meaning: 'There is no policy of this id.',
    remedy:
      'See `GET /data/foundation/dulepolicy/policies/core` and `…/custom`. Core policies are switched by `enabledCorePolicies` and cannot be changed.',
  },
  LABEL_UNKNOWN: {
    status: 400,
    meaning: 'There is no label of this name. Labels are case-sensitive.',
    remedy:
      'See `GET /data/foundation/dulepolicy/labels/core` and `…/custom`; a label of your own is made there by `PUT`.',
  },
  LABEL_NOT_FOUND: {
    status: 404,
    meaning: 'There is no label of this name at this address.',
    remedy: 'See the list; names are case-sensitive.',
  },
  MARKETING_ACTION_UNKNOWN: {
    status: 400,
    meaning: 'There is no marketing action of this name.',
    remedy:
      'See `GET /data/foundation/dulepolicy/marketingActions/core` and `…/custom`; one of your own is made there by `PUT`.',
  },
  MARKETING_ACTION_NOT_FOUND: {
    status: 404,
    meaning: 'There is no marketing action of this name at this address.',
    remedy: 'See the list; names are case-sensitive.',
  },
  MARKETING_ACTION_IN_USE: {
    status: 400,
    meaning: 'Policies or target connections refer to the marketing action; they are named.',
    remedy: 'Take it off them first.',
  },
  NAME_MISMATCH: {
    status: 400,
    meaning: 'The name is not the one in the address, or a core label has it.',
    remedy:
      'Send the same name in both places: names cannot be changed. A label of your own needs another name than a core one.',
  },
  GOVERNANCE_LIMIT: {
    status: 409,
    meaning: 'The organisation has as many labels, marketing actions or policies as it may.',
    remedy: 'Change or delete one that is there.',
  },
  ENTITY_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no segment of this id.',
    remedy: 'Send `namespace:id` of a segment of the sandbox in `x-sandbox-name`.',
  },
} as const
