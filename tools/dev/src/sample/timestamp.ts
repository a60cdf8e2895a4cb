import type { Random } from './random.ts'

/**
 * Writes a time in one of the spellings seen in exports (`reference/platform.md` §1.1). Whole seconds may come without a
 * fraction; others keep their milliseconds, so that a time reads the same however it is spelled.
 */
export function spellTime(ms: number, random: Random): string {
  const iso = new Date(ms).toISOString()
  const zone = random.pick(zones)
  if (ms % 1_000 === 0 && !random.chance(0.2)) return `${iso.slice(0, 19)}${zone}`
  // Microseconds below the half, so that whoever rounds and whoever cuts agree.
  if (random.chance(0.25)) return `${iso.slice(0, 23)}${100 + random.below(390)}${zone}`
  return `${iso.slice(0, 23)}${zone}`
}

/** `Z` is by far the most usual. */
const zones = ['Z', 'Z', 'Z', 'Z', 'Z', 'Z', '+0000', '+0000', '+00:00']
