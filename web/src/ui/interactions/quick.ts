import type { TFunction } from 'i18next'

import { dayAfter, wallOf, type Wall } from '@/i18n/wall'
import type { QuickMoment } from '@/ui/dates'

const minute = 60_000
const later = (at: number, minutes: number, timeZone: string): Wall => wallOf(new Date(at + minutes * minute).toISOString(), timeZone)

/** The texts of quick choices. */
type Texts = TFunction<'interactions'>

/** quickPlans are the times that one plans for most; the coming hour is rounded to five minutes. */
export function quickPlans(t: Texts, now: number, timeZone: string): QuickMoment[] {
  const today = wallOf(new Date(now).toISOString(), timeZone)
  const day = today.date ?? ''
  const inAnHour = Math.ceil((now + 60 * minute) / (5 * minute)) * 5 * minute
  return [
    { label: t('quick.hour'), wall: later(inAnHour, 0, timeZone) },
    ...(today.time < '16:00' ? [{ label: t('quick.evening'), wall: { date: day, time: '17:00' } }] : []),
    { label: t('quick.tomorrow'), wall: { date: dayAfter(day, 1), time: '10:00' } },
    { label: t('quick.week'), wall: { date: dayAfter(day, 7), time: '10:00' } },
  ]
}

/** quickFacts are the times of what has been. */
export function quickFacts(t: Texts, now: number, timeZone: string): QuickMoment[] {
  return [
    { label: t('quick.now'), wall: later(now, 0, timeZone) },
    { label: t('quick.hourAgo'), wall: later(now, -60, timeZone) },
  ]
}

/** quickEnds are how long it takes, from when it begins. */
export function quickEnds(t: Texts, begins: string | undefined, timeZone: string): QuickMoment[] {
  if (begins === undefined) return []
  return [15, 30, 60].map((minutes) => ({ label: t('quick.minutes', { minutes }), wall: later(Date.parse(begins), minutes, timeZone) }))
}

/** quickReminders are how long before it begins, as far as that is still to come. */
export function quickReminders(t: Texts, begins: string | undefined, now: number, timeZone: string): QuickMoment[] {
  if (begins === undefined) return []
  const before = [{ minutes: 15, label: t('quick.before', { minutes: 15 }) }, { minutes: 60, label: t('quick.hourBefore') }, { minutes: 24 * 60, label: t('quick.dayBefore') }]
  return before.filter(({ minutes }) => Date.parse(begins) - minutes * minute > now).map(({ minutes, label }) => ({ label, wall: later(Date.parse(begins), -minutes, timeZone) }))
}

/** quickReviews are when one will look at it again. */
export function quickReviews(t: Texts, now: number, timeZone: string): QuickMoment[] {
  const day = wallOf(new Date(now).toISOString(), timeZone).date ?? ''
  return [
    { label: t('quick.tomorrow'), wall: { date: dayAfter(day, 1), time: '10:00' } },
    { label: t('quick.week'), wall: { date: dayAfter(day, 7), time: '10:00' } },
  ]
}
