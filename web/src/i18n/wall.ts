/** Wall is a moment as clocks on the wall show it, and as it is being typed: a date (2026-03-02) and a time (14:05). Either may be missing still. */
export interface Wall {
  date: string | null
  time: string
}

/** noWall is a moment that has not been given. */
export const noWall: Wall = { date: null, time: '' }

/** wallOf is what clocks of a time zone show at a moment. */
export function wallOf(iso: string | undefined, timeZone: string): Wall {
  if (iso === undefined) return noWall
  const [date = null, time = ''] = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(iso)).split(' ')
  return { date, time }
}

/**
 * instantOf is the moment when clocks of a time zone show this; undefined while the date or the time is missing. Of an hour that is there
 * twice it is the first; one that is skipped is the hour after.
 */
export function instantOf({ date, time }: Wall, timeZone: string): string | undefined {
  if (date === null || time === '') return undefined
  const asUTC = Date.parse(`${date}T${time.slice(0, 5)}:00Z`)
  const shown = (at: number) => {
    const wall = wallOf(new Date(at).toISOString(), timeZone)
    return Date.parse(`${wall.date}T${wall.time}:00Z`)
  }
  const before = asUTC - (shown(asUTC - 86_400_000) - (asUTC - 86_400_000))
  if (shown(before) === asUTC) return new Date(before).toISOString()
  const after = asUTC - (shown(asUTC + 86_400_000) - (asUTC + 86_400_000))
  return new Date(shown(after) === asUTC ? after : before).toISOString()
}

/** dayAfter is the date so many days after another one. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** readTime reads a time as people type it: 9, 930, 9:30, 9.30, 21-05; undefined: it is none. */
export function readTime(typed: string): string | undefined {
  const match = /^\s*(\d{1,2})(?:[:.\-\s]?(\d{2}))?\s*$/.exec(typed)
  if (match === null) return undefined
  const [hours, minutes] = [Number(match[1]), Number(match[2] ?? 0)]
  if (hours > 23 || minutes > 59) return undefined
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

/** readDay reads a day as people type it: 2.3, 02.03.26, 2/3/2026, 2026-03-02; a year left out is the one of today. undefined: it is none. */
export function readDay(typed: string, today: string): string | undefined {
  const iso = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(typed)
  const local = /^\s*(\d{1,2})[./\-\s](\d{1,2})(?:[./\-\s](\d{4}|\d{2}))?\.?\s*$/.exec(typed)
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : local ? [fullYear(local[3], today), local[2], local[1]] : []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const key = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const at = new Date(`${key}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(key) ? key : undefined
}

const fullYear = (typed: string | undefined, today: string) => (typed === undefined ? today.slice(0, 4) : typed.length === 2 ? `20${typed}` : typed)

/** isDay tells whether a text is a day of the calendar, as YYYY-MM-DD. */
export const isDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text
}
