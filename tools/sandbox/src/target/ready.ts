/** How Target is reached in the sandbox. */
export interface TargetReady {
  /** Stands for `https://<clientCode>.tt.omtrdc.net`: bulk and single profile updates, Delivery API, profile reads. */
  readonly edgeUrl: string
  readonly clientCode: string
  /** Stands for `https://mc.adobe.io`: the Admin API under `/{tenant}/target`. */
  readonly adminUrl: string
  readonly tenant: string
  /** Stands for `https://ims-na1.adobelogin.com`. */
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Whether the bulk profile API asks for a profile token. */
  readonly profileAuthentication: boolean
  readonly workspace: string
}
