import type { z } from 'zod'

/** Parses and checks an answer's body; undefined where it is not the JSON that was expected. */
export function readJson<Shape extends z.ZodType>(
  schema: Shape,
  text: string,
): z.output<Shape> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const result = schema.safeParse(value)
  return result.success ? result.data : undefined
}
