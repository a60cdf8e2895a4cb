/** How Campaign is reached in the sandbox: a Standard instance and a Classic one, with people of their own. */
export interface CampaignReady {
  readonly standard: {
    /** Stands for `https://mc.adobe.io/<ORGANIZATION>/campaign`. */
    readonly url: string
    /** Stands for `https://ims-na1.adobelogin.com`. */
    readonly imsUrl: string
    readonly clientId: string
    readonly clientSecret: string
    /** Custom profile fields by identity namespace, with the filter `by<Filter>` that finds by them and its parameter. */
    readonly keys: Readonly<
      Record<
        string,
        { readonly field: string; readonly filter: string; readonly parameter: string }
      >
    >
  }
  readonly classic: {
    /** Stands for `https://<server>`; the router is at `/nl/jsp/soaprouter.jsp`. */
    readonly url: string
    readonly login: string
    readonly password: string
    /** Recipient attributes (without `@`) by identity namespace. */
    readonly keys: Readonly<Record<string, string>>
    /** Internal name of the folder that groups are made in. */
    readonly groupFolder: string
  }
}
