import { describe, expect, it } from 'vitest'

import { dayAfter, instantOf, noWall, readDay, readTime, wallOf } from './wall'

describe('moments as they are typed', () => {
  it.each([
    ['2026-03-02T11:05:00.000Z', 'Europe/Moscow', '2026-03-02', '14:05'],
    ['2026-03-02T20:30:00.000Z', 'Asia/Omsk', '2026-03-03', '02:30'],
    ['2026-12-31T23:59:00.000Z', 'America/New_York', '2026-12-31', '18:59'],
    ['2026-03-29T01:30:00.000Z', 'Europe/Berlin', '2026-03-29', '03:30'],
    ['2026-03-29T00:30:00.000Z', 'Europe/Berlin', '2026-03-29', '01:30'],
  ])('%s in %s is %s %s, and back', (iso, zone, date, time) => {
    expect(wallOf(iso, zone)).toEqual({ date, time })
    expect(instantOf({ date, time }, zone)).toBe(iso)
  })

  it.each(['Europe/Moscow', 'Asia/Omsk', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'])('go there and back in %s', (zone) => {
    for (const iso of ['2026-03-02T20:30:00.000Z', '2026-07-01T00:00:00.000Z', '2026-03-29T02:30:00.000Z', '2026-11-22T12:00:00.000Z']) {
      expect(instantOf(wallOf(iso, zone), zone)).toBe(iso)
    }
  })

  it('know hours that are skipped or there twice', () => {
    expect(instantOf({ date: '2026-03-29', time: '02:30' }, 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
    expect(instantOf({ date: '2026-10-25', time: '02:30' }, 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
  })

  it('are no moments while a part is missing', () => {
    expect(instantOf(noWall, 'UTC')).toBeUndefined()
    expect(instantOf({ date: '2026-03-29', time: '' }, 'UTC')).toBeUndefined()
    expect(wallOf(undefined, 'UTC')).toEqual(noWall)
  })

  it('count days over the end of a month', () => {
    expect(dayAfter('2026-02-27', 2)).toBe('2026-03-01')
    expect(dayAfter('2026-03-01', -1)).toBe('2026-02-28')
  })
})

describe('what people type', () => {
  it('reads times', () => {
    expect(['9', '930', '9:30', '09.30', '2105', '24:00', '9:7', 'noon'].map(readTime)).toEqual(['09:00', '09:30', '09:30', '09:30', '21:05', undefined, undefined, undefined])
  })
  it('reads days', () => {
    const read = (typed: string) => readDay(typed, '2026-11-22')
    expect(['2.3', '02.03.26', '2/3/2027', '2027-03-02', '2.3.', '31.2', 'soon'].map(read)).toEqual(['2026-03-02', '2026-03-02', '2027-03-02', '2027-03-02', '2026-03-02', undefined, undefined])
  })
})
