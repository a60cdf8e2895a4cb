import { z } from 'zod'

/** A bucket of S3. */
export interface ReadyBucket {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly directory: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Credentials for IMS, and where it is. */
interface ReadyIms {
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

/** What the sandbox says of itself when it is up: where each solution is, and the credentials and ids it takes. */
export interface SandboxReady {
  readonly control: string
  readonly marketo: {
    readonly url: string
    readonly identityUrl: string
    readonly clientId: string
    readonly clientSecret: string
    readonly emailHashField: string
    readonly ecidField: string
    readonly folderId: number
  }
  readonly audienceManager: ReadyIms & {
    readonly dcsUrl: string
    readonly dcsHost: string
    readonly restUrl: string
    readonly orgId: string
    readonly s3: ReadyBucket
    readonly dataSources: {
      readonly traitOwner: number
      readonly ecid: number
      readonly email: number
      readonly gaid: number
      readonly idfa: number
    }
  }
  readonly analytics: ReadyIms & {
    readonly collectUrl: string
    readonly apiUrl: string
    readonly orgId: string
    readonly companyId: string
    readonly reportSuiteId: string
    readonly datasetId: string
  }
  readonly advertisingCloud: {
    readonly firehoseUrl: string
    readonly region: string
    readonly deliveryStreamName: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sourceKey: string
    readonly mapping: ReadyBucket
  }
  readonly campaign: {
    readonly standard: ReadyIms & {
      readonly url: string
      readonly keys: Readonly<
        Record<
          string,
          { readonly field: string; readonly filter: string; readonly parameter: string }
        >
      >
    }
    readonly classic: {
      readonly url: string
      readonly login: string
      readonly password: string
      readonly keys: Readonly<Record<string, string>>
      readonly groupFolder: string
    }
  }
  readonly target: ReadyIms & {
    readonly edgeUrl: string
    readonly clientCode: string
    readonly adminUrl: string
    readonly tenant: string
    readonly profileAuthentication: boolean
    readonly workspace: string
  }
}

/** Reads the line that the sandbox prints when it is up. */
export function readSandboxReady(line: unknown): SandboxReady {
  return schema.parse(line)
}

const text = z.string().min(1)

const bucket = z.object({
  endpoint: z.url(),
  region: text,
  bucket: text,
  directory: text,
  accessKeyId: text,
  secretAccessKey: text,
})

const schema: z.ZodType<SandboxReady> = z.object({
  ready: z.literal(true),
  control: z.url(),
  marketo: z.object({
    url: z.url(),
    identityUrl: z.url(),
    clientId: text,
    clientSecret: text,
    emailHashField: text,
    ecidField: text,
    folderId: z.int(),
  }),
  audienceManager: z.object({
    dcsUrl: z.url(),
    dcsHost: text,
    restUrl: z.url(),
    imsUrl: z.url(),
    clientId: text,
    clientSecret: text,
    orgId: text,
    s3: bucket,
    dataSources: z.object({
      traitOwner: z.int(),
      ecid: z.int(),
      email: z.int(),
      gaid: z.int(),
      idfa: z.int(),
    }),
  }),
  analytics: z.object({
    collectUrl: z.url(),
    apiUrl: z.url(),
    imsUrl: z.url(),
    clientId: text,
    clientSecret: text,
    orgId: text,
    companyId: text,
    reportSuiteId: text,
    datasetId: text,
  }),
  advertisingCloud: z.object({
    firehoseUrl: z.url(),
    region: text,
    deliveryStreamName: text,
    accessKeyId: text,
    secretAccessKey: text,
    sourceKey: text,
    mapping: bucket,
  }),
  campaign: z.object({
    standard: z.object({
      url: z.url(),
      imsUrl: z.url(),
      clientId: text,
      clientSecret: text,
      keys: z.record(z.string(), z.object({ field: text, filter: text, parameter: text })),
    }),
    classic: z.object({
      url: z.url(),
      login: text,
      password: text,
      keys: z.record(z.string(), text),
      groupFolder: text,
    }),
  }),
  target: z.object({
    edgeUrl: z.url(),
    clientCode: text,
    adminUrl: z.url(),
    tenant: text,
    imsUrl: z.url(),
    clientId: text,
    clientSecret: text,
    profileAuthentication: z.boolean(),
    workspace: text,
  }),
})
