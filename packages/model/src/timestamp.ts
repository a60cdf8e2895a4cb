/**
 * Reads a timestamp in any spelling that Experience Platform is seen to write
 * (`reference/platform.md` §1.1): date and time to the second, an optional fraction of 1 to 9
 * digits, and a zone: `Z`, `+00:00` or `+0000`. `T` and `Z` may be lower case.
 *
 * Answers epoch milliseconds, a finer fraction cut off. `undefined` for anything else: no zone, a
 * day that the calendar does not have, hour 24, a zone of 24 hours or more. A leap second (`:60`)
 * is refused too, since epoch time has no place for it and no exporter writes it.
 */
export function parseTimestamp(text: string): number | undefined {
  const length = text.length
  if (length < shortest || length > longest) return undefined

  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if ((year | month | day | hour | minute | second) < 0) return undefined
  if (
    text.charCodeAt(4) !== hyphen ||
    text.charCodeAt(7) !== hyphen ||
    (text.charCodeAt(10) | lowerCase) !== lowerT ||
    text.charCodeAt(13) !== colon ||
    text.charCodeAt(16) !== colon
  ) {
    return undefined
  }
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  const localMs =
    daysSinceEpoch(year, month, day) * 86_400_000 +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1_000
  // The usual spelling ends here.
  if (length === shortest && (text.charCodeAt(19) | lowerCase) === lowerZ) return localMs

  let at = 19
  let fractionMs = 0
  if (text.charCodeAt(at) === dot) {
    const first = at + 1
    let unitMs = 100
    for (at = first; at < length; at++) {
      const digit = text.charCodeAt(at) - zero
      if (digit < 0 || digit > 9) break
      if (unitMs >= 1) fractionMs += digit * unitMs
      unitMs /= 10
    }
    if (at === first || at - first > 9) return undefined
  }

  const offsetMinutes = zoneOffsetMinutes(text, at)
  if (offsetMinutes === undefined) return undefined
  return localMs + fractionMs - offsetMinutes * 60_000
}

const shortest = '2026-11-23T10:00:00Z'.length
const longest = '2026-11-23T10:00:00.123456789+00:00'.length

const zero = 48
const plus = 43
const hyphen = 45
const dot = 46
const colon = 58
const lowerT = 116
const lowerZ = 122
/**
 * The bit that tells lower from upper case. No character that it also reaches stands for anything
 * here.
 */
const lowerCase = 32

/**
 * The number that two digits spell; far below zero where they are not two digits, so that callers
 * can check a sum. Both characters must exist.
 */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero
  const ones = text.charCodeAt(at + 1) - zero
  return (tens | ones | (9 - tens) | (9 - ones)) < 0 ? -1_000_000 : tens * 10 + ones
}

/** Reads the zone that fills the text from `at` to its end. */
function zoneOffsetMinutes(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  const left = text.length - at
  if ((sign | lowerCase) === lowerZ) return left === 1 ? 0 : undefined
  if (sign !== plus && sign !== hyphen) return undefined
  const withColon = text.charCodeAt(at + 3) === colon
  if (left !== (withColon ? 6 : 5)) return undefined
  const hours = twoDigits(text, at + 1)
  const minutes = twoDigits(text, withColon ? at + 4 : at + 3)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined
  const offset = hours * 60 + minutes
  return sign === plus ? offset : -offset
}

const lengths = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const daysBefore = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (lengths[month] ?? 0)
}

/**
 * Days from 1970-01-01 in the Gregorian calendar, carried back before its start as ISO 8601 does.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // Counted from 400 years earlier, one full cycle, so that nothing below zero is rounded.
  const shifted = year + 400
  const lastLeap = month > 2 ? shifted : shifted - 1
  const leapDays = (lastLeap >> 2) - Math.trunc(lastLeap / 100) + Math.trunc(lastLeap / 400)
  return shifted * 365 + leapDays + (daysBefore[month] ?? 0) + day - 1 - epochDays
}

/** What the sum above is for 1970-01-01. */
const epochDays = 865_624
