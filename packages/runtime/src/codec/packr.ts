import { Packr } from 'msgpackr'

/**
 * The one msgpack setting for what is stored or crosses processes: no records, no shared structures, so that every process
 * decodes what any other wrote (peers §3.8).
 */
export const packr: Packr = new Packr({ useRecords: false, mapsAsObjects: true })
