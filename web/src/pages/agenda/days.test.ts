import { describe, expect, it } from 'vitest'

import { daysOf, isDay, stepped, weekdayOf } from './days'

describe('days of the calendar', () => {
  it('weeks begin on Monday', () => {
    expect(weekdayOf('2026-11-23')).toBe(0)
    expect(daysOf('week', '2026-11-22')).toEqual(['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'])
  })
  it('a month has whole weeks', () => {
    const days = daysOf('month', '2026-11-22')
    expect([days[0], days.at(-1), days.length]).toEqual(['2026-10-26', '2026-12-06', 42])
    expect(daysOf('month', '2027-02-10')).toHaveLength(28)
  })
  it('steps over months and years', () => {
    expect(stepped('month', '2026-12-31', 1)).toBe('2027-01-01')
    expect(stepped('month', '2026-03-31', -1)).toBe('2026-02-01')
    expect(stepped('week', '2026-12-30', 1)).toBe('2027-01-06')
    expect(stepped('day', '2026-03-01', -1)).toBe('2026-02-28')
  })
  it('knows a day from other text', () => {
    expect(['2026-11-22', '2026-13-40', 'today'].map(isDay)).toEqual([true, false, false])
  })
})
