/** The parts of the community client that the tests use; it brings no types of its own. */
declare module 'node-marketo-rest' {
  interface Page {
    result: { id: number; status?: string; email?: string }[]
    nextPage?: () => Promise<Page>
  }

  export default class Marketo {
    constructor(options: {
      endpoint: string
      identity: string
      clientId: string
      clientSecret: string
    })
    lead: {
      createOrUpdate: (leads: object[], options: { lookupField: string }) => Promise<Page>
      find: (type: string, values: string[], options: { fields: string[] }) => Promise<Page>
    }
    list: {
      find: (by: { name: string[] }) => Promise<Page>
      addLeadsToList: (list: number, ids: number[]) => Promise<Page>
      removeLeadsFromList: (list: number, ids: number[]) => Promise<Page>
      isMember: (list: number, ids: number[]) => Promise<Page>
      getLeads: (list: number, options: { batchSize: number }) => Promise<Page>
    }
  }
}
