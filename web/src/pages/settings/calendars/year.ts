import type { Schema } from '@/api/client'

export type Content = Schema<'CalendarContent'>
export type YearContent = NonNullable<Content['years']>[number]
export type Weekday = keyof Content['week']

/** The weekdays, from Monday. */
export const weekdays: Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

/** What a day is: of the plain week, or an exception of its year. */
export type DayKind = 'work' | 'off' | 'holiday' | 'movedOff' | 'movedWork' | 'shortened' | 'special'

export interface Day {
  kind: DayKind
  /** When one works; empty: not at all. */
  hours: string[]
  name?: Schema<'Text'>
}

/** dayKey is 2026-03-02. */
const dayKey = (at: Date): string => at.toISOString().slice(0, 10)
const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`)

/** weekdayOf is which day of the week a date is. */
export function weekdayOf(day: string): Weekday {
  return weekdays[(dateOf(day).getUTCDay() + 6) % 7] ?? 'monday'
}

/** daysOf are the days of a month (1 to 12), as 2026-03-01 and on. */
export function daysOf(year: number, month: number): string[] {
  const days: string[] = []
  for (const at = new Date(Date.UTC(year, month - 1, 1)); at.getUTCMonth() === month - 1; at.setUTCDate(at.getUTCDate() + 1)) days.push(dayKey(at))
  return days
}

/** yearOf is the exceptions of a year; none are kept of one that is not listed. */
export function yearOf(content: Content, year: number): YearContent {
  return content.years?.find((one) => one.year === year) ?? { year }
}

/** withYear puts a year's exceptions into a calendar. */
export function withYear(content: Content, changed: YearContent): Content {
  const others = (content.years ?? []).filter((one) => one.year !== changed.year)
  return { ...content, years: [...others, changed].sort((a, b) => a.year - b.year) }
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** hoursOf is how long intervals such as 09:00-13:00 are together, in hours. */
export function hoursOf(intervals: string[]): number {
  return intervals.reduce((sum, interval) => sum + minutes(interval.slice(6)) - minutes(interval.slice(0, 5)), 0) / 60
}

/**
 * dayOf is what a day is by the calendar's rules: hours of its own before all else, then holidays, then days off that were moved, then
 * the plain week. A day off that is moved away is worked by the hours of the day it went to.
 */
export function dayOf(content: Content, day: string): Day {
  const year = yearOf(content, Number(day.slice(0, 4)))
  const plain = content.week[weekdayOf(day)] ?? []
  const special = year.special?.find((one) => one.date === day)
  if (special !== undefined) return { kind: 'special', hours: special.hours ?? [], ...(special.name === undefined ? {} : { name: special.name }) }
  const holiday = year.holidays?.find((one) => one.date <= day && day <= (one.to ?? one.date))
  if (holiday !== undefined) return { kind: 'holiday', hours: [], ...(holiday.name === undefined ? {} : { name: holiday.name }) }
  if (year.moved?.some((one) => one.to === day)) return { kind: 'movedOff', hours: [] }
  const away = year.moved?.find((one) => one.from === day)
  const kind = away !== undefined ? 'movedWork' : plain.length > 0 ? 'work' : 'off'
  const hours = away !== undefined ? (content.week[weekdayOf(away.to)] ?? []) : plain
  return year.shortened?.includes(day) ? { kind: 'shortened', hours } : { kind, hours }
}

/** The exception that stands on a day and would have to go before another one is made of it. */
export function withoutDay(year: YearContent, day: string): YearContent {
  return {
    ...year,
    holidays: (year.holidays ?? []).filter((one) => !(one.date <= day && day <= (one.to ?? one.date))),
    moved: (year.moved ?? []).filter((one) => one.from !== day && one.to !== day),
    shortened: (year.shortened ?? []).filter((one) => one !== day),
    special: (year.special ?? []).filter((one) => one.date !== day),
  }
}

/** An exception as a form makes it. */
export type Exception =
  | { kind: 'holiday'; date: string; to?: string; name?: Schema<'Text'> }
  | { kind: 'moved'; date: string; to: string }
  | { kind: 'shortened'; date: string }
  | { kind: 'special'; date: string; hours: string[]; name?: Schema<'Text'> }

/** withException adds an exception to a year, in the order of dates. */
export function withException(year: YearContent, exception: Exception): YearContent {
  const byDate = <T extends { date: string }>(all: T[]) => all.sort((a, b) => a.date.localeCompare(b.date))
  const { date } = exception
  const named = 'name' in exception && exception.name !== undefined ? { name: exception.name } : {}
  switch (exception.kind) {
    case 'holiday':
      return { ...year, holidays: byDate([...(year.holidays ?? []), { date, ...(exception.to === undefined || exception.to === date ? {} : { to: exception.to }), ...named }]) }
    case 'moved':
      return { ...year, moved: [...(year.moved ?? []), { from: date, to: exception.to }].sort((a, b) => a.from.localeCompare(b.from)) }
    case 'shortened':
      return { ...year, shortened: [...(year.shortened ?? []), date].sort() }
    case 'special':
      return { ...year, special: byDate([...(year.special ?? []), { date, hours: exception.hours, ...named }]) }
  }
}

/** readHours reads intervals as people type them, “9-13, 14:00–18:00”; undefined: they are none. Empty is a day off. */
export function readHours(typed: string): string[] | undefined {
  const parts = typed.split(/[,;]/).map((part) => part.trim()).filter((part) => part !== '')
  const intervals = parts.map((part) => {
    const match = /^(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?$/.exec(part)
    if (match === null) return undefined
    const [, h1 = '', m1 = '00', h2 = '', m2 = '00'] = match
    return `${h1.padStart(2, '0')}:${m1}-${h2.padStart(2, '0')}:${m2}`
  })
  return intervals.every((interval) => interval !== undefined) ? (intervals) : undefined
}

/** writeHours is how intervals are shown and typed. */
export const writeHours = (intervals: string[] | undefined): string => (intervals ?? []).map((interval) => interval.replace('-', '–')).join(', ')
