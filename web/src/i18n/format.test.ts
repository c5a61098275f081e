import { describe, expect, it } from 'vitest'

import { Format } from './format'

const ru = new Format('ru', 'Europe/Moscow')
const en = new Format('en', 'Europe/Moscow')
const now = new Date('2026-03-02T09:00:00Z') // noon in Moscow
// Intl puts spaces of several widths.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('Format', () => {
  it('names days by the user\'s time zone, not the browser\'s', () => {
    expect(ru.moment('2026-03-02T20:30:00Z', now)).toBe('сегодня, 23:30')
    expect(ru.moment('2026-03-02T21:30:00Z', now)).toBe('завтра, 00:30')
    expect(en.moment('2026-03-01T12:00:00Z', now)).toBe('yesterday, 15:00')
    expect(en.moment('2026-03-09T12:00:00Z', now)).toBe('9 Mar, 15:00')
    expect(plain(ru.date('2027-03-09T12:00:00Z', now))).toBe('9 мар. 2027 г.')
  })
  it('tells how long ago in the right plural', () => {
    expect(ru.ago('2026-03-02T08:58:00Z', now)).toBe('2 минуты назад')
    expect(ru.ago('2026-03-02T14:00:00Z', now)).toBe('через 5 часов')
    expect(en.ago('2026-02-27T08:00:00Z', now)).toBe('3 days ago')
  })
  it('writes amounts without kopecks that are not there', () => {
    expect(plain(ru.money('1200.00'))).toBe('1 200 ₽')
    expect(plain(ru.money('1200.5'))).toBe('1 200,50 ₽')
    expect(plain(en.money('1200.5', 'EUR'))).toBe('€1,200.50')
  })
  it('writes lengths of time to two units', () => {
    expect(plain(en.duration(93_600 + 60))).toBe('1 day 2 hrs')
    expect(plain(ru.duration(0))).toBe('0 мин')
  })
  it('keeps a calendar date the same day everywhere', () => {
    expect(new Format('en', 'Pacific/Honolulu').calendarDate('2026-03-02')).toBe('2 March 2026')
  })
})
