import { z } from 'zod'

// The example's wire contract: invented, spoken by no product. The README has it in words.

/** A list as the API returns it. */
interface List {
  readonly id: string
  /** Chosen by whoever made the list, and unique: here the segment's remote id. */
  readonly key: string
  readonly name: string
}

/** People that one call may add or remove. */
export const peopleInCall = 100

/** The longest name of a list, in UTF-16 units. */
export const maxListName = 200

export const listShape: z.ZodType<List> = z.object({
  id: z.string().min(1),
  key: z.string(),
  name: z.string(),
})

export const listsShape: z.ZodType<{ readonly lists: readonly List[] }> = z.object({
  lists: z.array(listShape),
})

/** `OK` or a code, one a person, in the order of the call. */
export const resultsShape: z.ZodType<{ readonly results: readonly string[] }> = z.object({
  results: z.array(z.string()),
})

/** What an answer other than 2xx says. It has a message too, which is not read: it may name a person. */
export const errorShape: z.ZodType<{ readonly code: string }> = z.object({ code: z.string() })
