import { dayAfter } from '@/i18n/wall'

/** The periods one asks for most. */
export const presets = ['thisMonth', 'lastMonth', 'thisQuarter', 'lastQuarter', 'thisYear', 'last7', 'last30'] as const
export type Preset = (typeof presets)[number]

/** The first and the last day of a period, both in it. */
export interface Period {
  from: string
  to: string
}

/** periodOf is a preset's days, as seen on a day (2026-03-02). What goes on still ends today. */
export function periodOf(preset: Preset, today: string): Period {
  const [year = 0, month = 1] = today.split('-').map(Number)
  const first = (monthsBack: number, of = month) => monthStart(year, of - monthsBack)
  const quarter = month - ((month - 1) % 3)
  switch (preset) {
    case 'thisMonth':
      return { from: first(0), to: today }
    case 'lastMonth':
      return { from: first(1), to: dayAfter(first(0), -1) }
    case 'thisQuarter':
      return { from: first(0, quarter), to: today }
    case 'lastQuarter':
      return { from: first(3, quarter), to: dayAfter(first(0, quarter), -1) }
    case 'thisYear':
      return { from: `${today.slice(0, 4)}-01-01`, to: today }
    case 'last7':
      return { from: dayAfter(today, -6), to: today }
    case 'last30':
      return { from: dayAfter(today, -29), to: today }
  }
}

/** monthStart is the first day of a month; month 0 is the last one of the year before. */
function monthStart(year: number, month: number): string {
  return new Date(Date.UTC(year, month - 1, 1)).toISOString().slice(0, 10)
}

/** presetOf is the preset that means a period on a day; undefined for one of one's own. */
export function presetOf({ from, to }: Period, today: string): Preset | undefined {
  return presets.find((preset) => {
    const period = periodOf(preset, today)
    return period.from === from && period.to === to
  })
}

/** endOfStep is the last day of the day, week or month that begins on a day. */
export function endOfStep(from: string, step: 'day' | 'week' | 'month'): string {
  if (step === 'day') return from
  if (step === 'week') return dayAfter(from, 6)
  const [year = 0, month = 1] = from.split('-').map(Number)
  return dayAfter(monthStart(year, month + 1), -1)
}

/** weekOf is the Monday of the week a day is in. */
export function weekOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return dayAfter(day, -((weekday + 6) % 7))
}
