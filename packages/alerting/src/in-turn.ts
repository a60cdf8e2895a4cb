/** Lookups at once, so that a look does not hold up what else this process asks Redis. */
const readsAtOnce = 64

/** Does the same for each, a bounded number at once. In the order of `all`. */
export async function inTurn<One, Answer>(
  all: readonly One[],
  ask: (one: One) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let begin = 0; begin < all.length; begin += readsAtOnce) {
    answers.push(...(await Promise.all(all.slice(begin, begin + readsAtOnce).map(ask))))
  }
  return answers
}
