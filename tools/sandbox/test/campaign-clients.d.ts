/** The parts of Adobe's libraries that the tests use; they bring no types of their own. */
declare module '@adobe/aio-lib-campaign-standard' {
  interface Answered {
    readonly status: number
    readonly body: unknown
  }
  interface Filters {
    filters?: string[]
    hasCustomFilter?: boolean
    lineCount?: number
    [parameter: string]: unknown
  }

  export interface CampaignStandardCoreAPI {
    /** The Swagger client: its specification says where the servers are. */
    sdk: { spec: { servers: { url: string }[] } }
    getAllProfiles: (parameters?: Filters) => Promise<Answered>
    createProfile: (profile: object) => Promise<Answered>
    updateProfile: (pkey: string, profile: object) => Promise<Answered>
    getProfile: (pkey: string) => Promise<Answered>
    getAllServices: (parameters?: Filters) => Promise<Answered>
    createService: (service: object) => Promise<Answered>
    getService: (pkey: string) => Promise<Answered>
    getDataFromRelativeUrl: (path: string) => Promise<Answered>
  }

  const library: {
    init: (tenant: string, apiKey: string, token: string) => Promise<CampaignStandardCoreAPI>
  }
  export default library
}

declare module '@adobe/acc-js-sdk' {
  type Json = Readonly<Record<string, unknown>>

  export interface Client {
    logon: () => Promise<void>
    logoff: () => Promise<void>
    NLWS: {
      xtkSession: {
        write: (document: Json) => Promise<void>
        writeCollection: (collection: Json) => Promise<void>
      }
      xtkQueryDef: { create: (query: Json) => { executeQuery: () => Promise<unknown> } }
      nmsSubscription: {
        subscribe: (names: string, recipient: Json, create: boolean) => Promise<void>
        unsubscribe: (names: string, recipient: Json) => Promise<void>
      }
    }
  }

  const library: {
    init: (parameters: unknown) => Promise<Client>
    ConnectionParameters: {
      ofUserAndPassword: (
        url: string,
        login: string,
        password: string,
        options?: { refreshClient?: (client: Client) => Promise<Client> },
      ) => unknown
    }
    escapeXtk: (parts: TemplateStringsArray, ...values: unknown[]) => string
  }
  export default library
}
