/** Codes of what the organisation is entitled to and has set. */
export const organisationCodes = {
  TIER_MISSING: {
    status: 403,
    meaning: 'The organisation has neither Real-Time CDP Prime nor Ultimate.',
    remedy:
      'State the tier of your contract under `entitlements.tier` of `PATCH /v1/organisation`, or obtain it.',
  },
  SOLUTION_NOT_PROVISIONED: {
    status: 403,
    meaning: 'The organisation is not provisioned for the solution; `solution` names it.',
    remedy:
      'Leave the solution out, or add it to `entitlements.solutions` of `PATCH /v1/organisation` once it is provisioned.',
  },
  AUDIENCE_MANAGER_LICENCE_MISSING: {
    status: 403,
    meaning:
      'Sharing with Audience Manager needs a licence for it. No other solution needs that licence.',
    remedy:
      'Leave Audience Manager out, or set `entitlements.audienceManagerLicence` of `PATCH /v1/organisation` once there is a licence.',
  },
  LEGACY_SHARING_BY_CUTOVER: {
    status: 409,
    meaning: 'Settings do not switch the legacy segment sharing integration.',
    remedy:
      'Use `POST /v1/cutovers`. That the integration is on can be said here, while no flow is enabled.',
  },
} as const
