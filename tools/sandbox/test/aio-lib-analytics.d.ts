/** The parts of Adobe's library that the tests use; it brings no types of its own. */
declare module '@adobe/aio-lib-analytics' {
  export interface AnalyticsCoreAPI {
    sdk: { userFetch?: (url: string, init: RequestInit) => Promise<Response> }
    getSegments: (options: object) => Promise<{ readonly body: unknown }>
    getReport: (body: object) => Promise<{ readonly body: unknown }>
  }

  const library: {
    init: (companyId: string, apiKey: string, token: string) => Promise<AnalyticsCoreAPI>
  }
  export default library
}
