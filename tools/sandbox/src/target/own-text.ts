/** A copy: a part of a text keeps all of the text in memory, and a batch has many megabytes. */
export function ownText(text: string): string {
  return Buffer.from(text).toString()
}
