import { describe, expect, it } from 'vitest'

import { fromInput, toInput } from './zoned'

describe('moments in fields', () => {
  it.each([
    ['2026-11-22T09:05:00.000Z', 'Europe/Moscow', '2026-11-22T12:05'],
    ['2026-03-29T01:30:00.000Z', 'Europe/Berlin', '2026-03-29T03:30'],
    ['2026-03-29T00:30:00.000Z', 'Europe/Berlin', '2026-03-29T01:30'],
    ['2026-11-22T23:59:00.000Z', 'Asia/Omsk', '2026-11-23T05:59'],
  ])('%s in %s is %s', (iso, zone, text) => {
    expect(toInput(iso, zone)).toBe(text)
    expect(fromInput(text, zone)).toBe(iso)
  })
})
