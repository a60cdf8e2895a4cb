/** The parts of Adobe's Admin API client that the tests call; it has no types of its own. */
declare module '@adobe/aio-lib-target' {
  export interface Answer {
    readonly status: number
    readonly body: unknown
  }
  export interface TargetCoreAPI {
    /** The swagger client inside: what it sends with can be replaced, its addresses cannot. */
    readonly sdk: { userFetch?: (url: string, init: RequestInit) => Promise<Response> }
    readonly getAudiences: (options?: object) => Promise<Answer>
    readonly createAudience: (body: object) => Promise<Answer>
    readonly getAudienceById: (id: number) => Promise<Answer>
    readonly updateAudience: (id: number, body: object) => Promise<Answer>
    readonly deleteAudience: (id: number) => Promise<Answer>
    readonly getMBoxProfileAttributes: () => Promise<Answer>
    readonly executeBatch: (body: object) => Promise<Answer>
  }
  export function init(tenant: string, apiKey: string, token: string): Promise<TargetCoreAPI>
}
