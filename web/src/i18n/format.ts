import type { Lang } from './i18n'

const locales: Record<Lang, string> = { ru: 'ru-RU', en: 'en-GB' }

const minute = 60_000
const day = 24 * 60 * minute

/** Format writes dates, amounts and numbers as the user's language and time zone have them. */
export class Format {
  private readonly locale: string

  constructor(
    readonly lang: Lang,
    readonly timeZone: string,
  ) {
    this.locale = locales[lang]
  }

  private with(options: Intl.DateTimeFormatOptions, at: Date): string {
    return new Intl.DateTimeFormat(this.locale, { timeZone: this.timeZone, ...options }).format(at)
  }

  /** dayKey is the day of a moment as 2026-03-02, in the user's time zone. */
  dayKey(at: Date): string {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: this.timeZone }).format(at)
  }

  /** time is 14:05. */
  time(iso: string): string {
    return this.with({ hour: '2-digit', minute: '2-digit' }, new Date(iso))
  }

  /** date is 2 March, with the year when it is another one. */
  date(iso: string, now = new Date()): string {
    const at = new Date(iso)
    const sameYear = this.dayKey(at).slice(0, 4) === this.dayKey(now).slice(0, 4)
    return this.with({ day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }, at)
  }

  /** calendarDate is a date that belongs to no time zone, such as a birthday: 2026-03-02. */
  calendarDate(value: string): string {
    const [year, month, dayOfMonth] = value.split('-').map(Number)
    return new Intl.DateTimeFormat(this.locale, { timeZone: 'UTC', dateStyle: 'long' }).format(Date.UTC(year ?? 0, (month ?? 1) - 1, dayOfMonth ?? 1))
  }

  private onDay(options: Intl.DateTimeFormatOptions, day: string): string {
    return new Intl.DateTimeFormat(this.locale, { timeZone: 'UTC', ...options }).format(Date.parse(`${day}T00:00:00Z`))
  }

  /** calendarDay is a date of no time zone without its year: 2 March. */
  calendarDay(day: string): string {
    return this.onDay({ day: 'numeric', month: 'long' }, day)
  }

  /** weekday is the head of a day's column: Mon 2. */
  weekday(day: string): string {
    return this.onDay({ weekday: 'short', day: 'numeric' }, day)
  }

  /** weekdayName is Mon. */
  weekdayName(day: string): string {
    return this.onDay({ weekday: 'short' }, day)
  }

  /** month is March 2026, of a day in it. */
  month(day: string): string {
    return this.onDay({ month: 'long', year: 'numeric' }, day)
  }

  /** day is “today”, “tomorrow” or “Monday 2 March”. */
  day(day: string, today: string): string {
    const days = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000)
    if (Math.abs(days) <= 1) return new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }).format(days, 'day')
    return this.onDay({ weekday: 'long', day: 'numeric', month: 'long' }, day)
  }

  /** full is the moment to the minute with its day, for titles. */
  full(iso: string): string {
    return this.with({ dateStyle: 'full', timeStyle: 'short' }, new Date(iso))
  }

  /** moment is “today, 14:05”, “tomorrow, 9:00” or “2 Mar, 14:05”. */
  moment(iso: string, now = new Date()): string {
    const at = new Date(iso)
    const days = Math.round((Date.parse(this.dayKey(at)) - Date.parse(this.dayKey(now))) / day)
    const named = Math.abs(days) <= 1 ? new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' }).format(days, 'day') : this.date(iso, now)
    return `${named}, ${this.time(iso)}`
  }

  /** ago is “5 minutes ago” or “in 2 days”. */
  ago(iso: string, now = new Date()): string {
    const distance = Date.parse(iso) - now.getTime()
    const relative = new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' })
    const size = Math.abs(distance)
    if (size < 60 * minute) return relative.format(Math.trunc(distance / minute), 'minute')
    if (size < day) return relative.format(Math.trunc(distance / (60 * minute)), 'hour')
    if (size < 60 * day) return relative.format(Math.trunc(distance / day), 'day')
    return relative.format(Math.trunc(distance / (30 * day)), 'month')
  }

  /** duration is a length of time in words, to two units: “2 days 4 hours”; one of less than a minute is in seconds. */
  duration(seconds: number): string {
    const units = [
      ['day', 86_400],
      ['hour', 3_600],
      ['minute', 60],
    ] as const
    const parts: string[] = []
    let left = Math.max(0, Math.round(seconds))
    for (const [unit, size] of units) {
      const count = Math.floor(left / size)
      left -= count * size
      if (count > 0) parts.push(new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
    }
    const unit = left > 0 ? 'second' : 'minute'
    return parts.slice(0, 2).join(' ') || new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'short' }).format(left)
  }

  number(value: number | string, digits = 6): string {
    return new Intl.NumberFormat(this.locale, { maximumFractionDigits: digits }).format(Number(value))
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 1 }).format(share)
  }

  /** money is an amount, decimal text as the API has it, in its currency. Kopecks show only where there are some. */
  money(amount: string | number, currency = 'RUB'): string {
    const value = Number(amount)
    return new Intl.NumberFormat(this.locale, {
      style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 2,
    }).format(value)
  }

  /** size is of a file. */
  size(bytes: number): string {
    const [value, unit]: [number, string] = bytes < 1024 ? [bytes, 'byte'] : bytes < 1024 ** 2 ? [bytes / 1024, 'kilobyte'] : [bytes / 1024 ** 2, 'megabyte']
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(value)
  }
}
