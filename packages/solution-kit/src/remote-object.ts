/** One object of a solution that stands for a segment there, said so that a person finds it in the solution's own pages. */
export interface RemoteObject {
  /** The solution's own word: `trait`, `static list`, `audience`. */
  readonly kind: string
  readonly name: string
  readonly id?: string
  /** Where it is found, by the solution's own words: `{ folder: 'Experience Platform Traits' }`. */
  readonly in?: Readonly<Record<string, string>>
  /** What else it shows of itself: `{ type: 'Onboarded' }`. No identity, no secret. */
  readonly has?: Readonly<Record<string, string>>
}

/** What is kept of a counterpart's objects: these are pointers for a person, and there are many segments. */
const maxObjects = 8
const maxFields = 8
const maxText = 500

/** Objects with every text and number of them bounded; undefined and empty fields are left out. */
export function remoteObjects(
  objects: readonly {
    readonly kind: string
    readonly name: string
    readonly id?: string | number | undefined
    readonly in?: Readonly<Record<string, string | number | undefined>>
    readonly has?: Readonly<Record<string, string | number | undefined>>
  }[],
): readonly RemoteObject[] {
  return objects.slice(0, maxObjects).map((object): RemoteObject => {
    const { in: place, has } = { in: fields(object.in), has: fields(object.has) }
    return {
      kind: bounded(object.kind),
      name: bounded(object.name),
      ...(object.id === undefined ? {} : { id: bounded(`${object.id}`) }),
      ...(place === undefined ? {} : { in: place }),
      ...(has === undefined ? {} : { has }),
    }
  })
}

function fields(
  all: Readonly<Record<string, string | number | undefined>> | undefined,
): Readonly<Record<string, string>> | undefined {
  const said = Object.entries(all ?? {}).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, bounded(`${value}`)] as const],
  )
  return said.length === 0 ? undefined : Object.fromEntries(said.slice(0, maxFields))
}

/** Cuts without splitting a character. */
function bounded(text: string): string {
  const cut = text.slice(0, maxText)
  return cut.isWellFormed() ? cut : cut.slice(0, -1).toWellFormed()
}
