import type { ClassicInstance } from './database.ts'
import { entityOf } from './entities.ts'
import { documentOutput, textOutput } from './envelope.ts'
import { badMessage, ClassicRefused, failed, wrongLogin } from './faults.ts'
import { executeQuery } from './query.ts'
import type { Session } from './sessions.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { writeDocument } from './writer.ts'
import { childOf, element, writeXml, type XmlElement } from './xml.ts'

/** What a method gets. */
interface Invocation {
  readonly instance: ClassicInstance
  /** Without the session token. */
  readonly parameters: readonly XmlElement[]
  readonly tokens: Session
}

/** A method of the SOAP router: the SOAPActions that call it, and its work, which answers its outputs. */
export interface SoapMethod {
  readonly actions: readonly string[]
  /** As fault scripts name it. */
  readonly operation: string
  readonly writes: boolean
  /** @throws ClassicRefused */
  readonly run: (invocation: Invocation) => string
}

/** The methods of the interface `xtk:persist` are the session's as well, and have a third name where a client says both. */
function persistActions(method: string): readonly string[] {
  return ['xtk:persist', 'xtk:session', 'xtk:persist|xtk:session'].map(
    (service) => `${service}#${method}`,
  )
}

export const soapMethods: readonly SoapMethod[] = [
  {
    actions: ['xtk:session#Logon'],
    operation: 'session.logon',
    writes: false,
    run: ({ instance: { settings, sessions }, parameters: [login, password] }) => {
      if (login?.text !== settings.login || password?.text !== settings.password) {
        throw new ClassicRefused(wrongLogin)
      }
      const { sessionToken, securityToken } = sessions.open()
      return (
        textOutput('pstrSessionToken', sessionToken) +
        documentOutput('pSessionInfo', writeXml(sessionElement(settings))) +
        textOutput('pstrSecurityToken', securityToken)
      )
    },
  },
  {
    actions: ['xtk:session#Logoff'],
    operation: 'session.logoff',
    writes: false,
    run: ({ instance, tokens }) => {
      instance.sessions.close(tokens.sessionToken)
      return ''
    },
  },
  {
    actions: persistActions('Write'),
    operation: 'persist.write',
    writes: true,
    run: ({ instance, parameters }) => {
      const document = documentOf(parameters[0])
      writeDocument(instance, instance.schema(document.attributes['xtkschema'] ?? ''), document)
      return ''
    },
  },
  {
    actions: persistActions('WriteCollection'),
    operation: 'persist.writeCollection',
    writes: true,
    run: ({ instance, parameters }) => {
      const collection = documentOf(parameters[0])
      const schema = instance.schema(collection.attributes['xtkschema'] ?? '')
      for (const document of collection.children) {
        if (document.name !== schema.name) {
          throw failed('XTK170016', `A collection of ${schema.id} has no '${document.name}'.`)
        }
        writeDocument(instance, schema, document)
      }
      return ''
    },
  },
  {
    actions: ['xtk:persist#GetEntityIfMoreRecent'],
    operation: 'persist.getEntity',
    writes: false,
    run: ({ instance, parameters: [key] }) => {
      const entity = entityOf(instance, key?.text ?? '')
      return documentOutput('pdomDoc', entity === undefined ? '' : writeXml(entity))
    },
  },
  {
    actions: ['xtk:queryDef#ExecuteQuery'],
    operation: 'queryDef.executeQuery',
    writes: false,
    run: ({ instance, parameters }) =>
      documentOutput('pdomOutput', writeXml(executeQuery(instance, documentOf(parameters[0])))),
  },
  {
    actions: ['nms:subscription#Subscribe'],
    operation: 'subscription.subscribe',
    writes: true,
    run: ({ instance, parameters: [names, recipient, create] }) => {
      const creates = /^(?:true|1)$/i.test(create?.text ?? '')
      subscribe(instance, names?.text ?? '', documentOf(recipient), creates)
      return ''
    },
  },
  {
    actions: ['nms:subscription#Unsubscribe'],
    operation: 'subscription.unsubscribe',
    writes: true,
    run: ({ instance, parameters: [names, recipient] }) => {
      unsubscribe(instance, names?.text ?? '', documentOf(recipient))
      return ''
    },
  },
]

/** The document inside a parameter. */
function documentOf(parameter: XmlElement | undefined): XmlElement {
  const document = childOf(parameter)
  if (document === undefined) throw new ClassicRefused(badMessage('A parameter is missing.'))
  return document
}

function sessionElement({ login, sessionTtlS }: ClassicInstance['settings']): XmlElement {
  const timeOut = String(sessionTtlS)
  return element('sessionInfo', {}, [
    element('serverInfo', {
      buildNumber: '9396',
      instanceName: 'sandbox',
      majNumber: '7',
      minNumber: '4',
      releaseName: '7.4.3',
      securityTimeOut: timeOut,
      sessionTimeOut: timeOut,
    }),
    element(
      'userInfo',
      { locale: 'en', login, loginCS: `${login} (${login})`, loginId: '1059', timezone: 'UTC' },
      [element('login-right', { right: 'admin' })],
    ),
  ])
}
