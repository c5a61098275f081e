import { describe, expect, it } from 'vitest'

import { dayAfter, instantOf, noWall, wallOf } from './wall'

describe('moments as they are typed', () => {
  it.each([
    ['2026-03-02T11:05:00.000Z', 'Europe/Moscow', '2026-03-02', '14:05'],
    ['2026-03-02T20:30:00.000Z', 'Asia/Omsk', '2026-03-03', '02:30'],
    ['2026-12-31T23:59:00.000Z', 'America/New_York', '2026-12-31', '18:59'],
  ])('%s in %s is %s %s, and back', (iso, zone, date, time) => {
    expect(wallOf(iso, zone)).toEqual({ date, time })
    expect(instantOf({ date, time }, zone)).toBe(iso)
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
