import { describe, expect, it } from 'vitest'

import { dayOf, daysOf, hoursOf, readHours, withException, withoutDay, writeHours, type Content } from './year'

const workday = ['09:00-13:00', '14:00-18:00']
const content: Content = {
  name: { ru: 'Россия', en: 'Russia' }, time_zone: 'Europe/Moscow',
  week: { monday: workday, tuesday: workday, wednesday: workday, thursday: workday, friday: ['09:00-16:00'] },
  years: [
    {
      year: 2026,
      holidays: [{ date: '2026-01-01', to: '2026-01-08', name: { ru: 'Каникулы', en: 'Holidays' } }],
      moved: [{ from: '2026-01-10', to: '2026-01-09' }, { from: '2026-01-03', to: '2026-12-31' }],
      shortened: ['2026-02-20'],
      special: [{ date: '2026-03-07', hours: ['10:00-12:00'] }],
    },
  ],
}

describe('a day of a calendar', () => {
  it.each([
    ['2026-02-02', 'work', workday],
    ['2026-02-01', 'off', []],
    ['2026-01-05', 'holiday', []],
    ['2026-01-03', 'holiday', []], // it fell on a weekend and was moved, and stays off
    ['2026-12-31', 'movedOff', []],
    ['2026-01-10', 'movedWork', ['09:00-16:00']], // a Saturday worked as the Friday it stands for
    ['2026-02-20', 'shortened', ['09:00-16:00']],
    ['2026-03-07', 'special', ['10:00-12:00']],
    ['2027-01-01', 'work', ['09:00-16:00']], // nobody has told of that year
  ])('%s is %s', (day, kind, hours) => {
    expect(dayOf(content, day)).toMatchObject({ kind, hours })
  })
  it('is of its month, leap years too', () => {
    expect(daysOf(2028, 2).at(-1)).toBe('2028-02-29')
  })
})

describe('exceptions', () => {
  it('are kept in the order of their dates', () => {
    expect(withException({ year: 2026, shortened: ['2026-06-11'] }, { kind: 'shortened', date: '2026-04-30' }).shortened).toEqual(['2026-04-30', '2026-06-11'])
  })
  it('are taken off a day, whatever they are', () => {
    const year = content.years?.[0] ?? { year: 2026 }
    expect(withoutDay(year, '2026-01-09').moved).toEqual([{ from: '2026-01-03', to: '2026-12-31' }])
    expect(withoutDay(year, '2026-01-04').holidays).toEqual([])
  })
})

describe('hours', () => {
  it('are read as people type them', () => {
    expect(readHours('9-13, 14:00–18.30')).toEqual(['09:00-13:00', '14:00-18:30'])
    expect(readHours(' ')).toEqual([])
    expect(readHours('morning')).toBeUndefined()
  })
  it('are written for people, and counted', () => {
    expect(writeHours(workday)).toBe('09:00–13:00, 14:00–18:00')
    expect(hoursOf(workday)).toBe(8)
    expect(hoursOf([])).toBe(0)
  })
})
