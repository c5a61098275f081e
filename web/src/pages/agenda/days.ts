import { dayAfter } from '@/i18n/wall'

export const views = ['list', 'day', 'week', 'month'] as const
export type View = (typeof views)[number]

/** weekdayOf is 0 for Monday to 6 for Sunday. */
export const weekdayOf = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

const monday = (day: string): string => dayAfter(day, -weekdayOf(day))

/** daysOf are the days that a view of a day shows: whole weeks for a month. */
export function daysOf(view: View, day: string): string[] {
  if (view === 'day') return [day]
  const first = monday(view === 'month' ? `${day.slice(0, 8)}01` : day)
  const count = view === 'month' ? weeksOf(day) * 7 : 7
  return Array.from({ length: count }, (_, k) => dayAfter(first, k))
}

function weeksOf(day: string): number {
  const first = `${day.slice(0, 8)}01`
  const length = new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate()
  return Math.ceil((weekdayOf(first) + length) / 7)
}

/** stepped is the day that the view before (-1) or after (1) is about. */
export function stepped(view: View, day: string, by: -1 | 1): string {
  if (view === 'day') return dayAfter(day, by)
  if (view !== 'month') return dayAfter(day, 7 * by)
  const first = new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + by, 1))
  return first.toISOString().slice(0, 10)
}

/** isDay tells whether a text of an address is a day. */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
