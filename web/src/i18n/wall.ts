import { fromWall, toWall } from './zone'

/** Wall is a moment as it is being typed, on the clock of a time zone: a date (2026-03-02) and a time (14:05). Either may be missing still. */
export interface Wall {
  date: string | null
  time: string
}

/** noWall is a moment that has not been given. */
export const noWall: Wall = { date: null, time: '' }

/** wallOf is what the clock shows in a time zone at a moment. */
export function wallOf(iso: string | undefined, timeZone: string): Wall {
  if (iso === undefined) return noWall
  const { day, time } = toWall(iso, timeZone)
  return { date: day, time }
}

/** instantOf is the moment at which the clock of a time zone shows that; undefined while the date or the time is missing. */
export function instantOf({ date, time }: Wall, timeZone: string): string | undefined {
  return date === null || time === '' ? undefined : fromWall({ day: date, time: time.slice(0, 5) }, timeZone)
}

/** dayAfter is the date so many days after another one. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
