import { describe, expect, it } from 'vitest'

import { fromWall, readDay, readTime, toWall } from './zone'

describe('clocks of a time zone', () => {
  it.each(['Europe/Moscow', 'Asia/Omsk', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'])('go there and back in %s', (zone) => {
    for (const iso of ['2026-03-02T20:30:00.000Z', '2026-07-01T00:00:00.000Z', '2026-03-29T02:30:00.000Z', '2026-11-22T12:00:00.000Z']) {
      expect(fromWall(toWall(iso, zone), zone)).toBe(iso)
    }
  })
  it('knows hours that are skipped or there twice', () => {
    expect(fromWall({ day: '2026-03-29', time: '02:30' }, 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
    expect(fromWall({ day: '2026-10-25', time: '02:30' }, 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
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
