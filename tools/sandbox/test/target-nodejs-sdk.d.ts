/** The parts of Adobe's delivery client that the tests call; it has no types of its own. */
declare module '@adobe/target-nodejs-sdk' {
  export interface Offers {
    readonly response: {
      readonly status: number
      readonly id: { readonly tntId: string; readonly marketingCloudVisitorId?: string }
      readonly execute?: unknown
    }
  }
  export interface Client {
    readonly getOffers: (options: {
      readonly request: object
      readonly sessionId?: string
    }) => Promise<Offers>
  }
  const sdk: { readonly create: (config: object) => Client }
  export default sdk
}
