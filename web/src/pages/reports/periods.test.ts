import { expect, test } from 'vitest'

import { endOfStep, periodOf, presetOf, weekOf } from './periods'

test('periods end today or on their last day', () => {
  expect(periodOf('thisMonth', '2026-03-15')).toEqual({ from: '2026-03-01', to: '2026-03-15' })
  expect(periodOf('lastMonth', '2026-03-31')).toEqual({ from: '2026-02-01', to: '2026-02-28' })
  expect(periodOf('lastMonth', '2026-01-31')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  expect(periodOf('thisQuarter', '2026-06-02')).toEqual({ from: '2026-04-01', to: '2026-06-02' })
  expect(periodOf('lastQuarter', '2026-02-02')).toEqual({ from: '2025-10-01', to: '2025-12-31' })
  expect(periodOf('thisYear', '2026-02-02')).toEqual({ from: '2026-01-01', to: '2026-02-02' })
  expect(periodOf('last7', '2026-03-03')).toEqual({ from: '2026-02-25', to: '2026-03-03' })
})

test('a period is known again, and one of one’s own is none of them', () => {
  expect(presetOf({ from: '2026-02-01', to: '2026-02-28' }, '2026-03-15')).toBe('lastMonth')
  expect(presetOf({ from: '2026-02-01', to: '2026-02-27' }, '2026-03-15')).toBeUndefined()
})

test('steps end where the next one begins', () => {
  expect(endOfStep('2026-02-01', 'month')).toBe('2026-02-28')
  expect(endOfStep('2026-12-01', 'month')).toBe('2026-12-31')
  expect(endOfStep('2026-03-02', 'week')).toBe('2026-03-08')
  expect(weekOf('2026-03-08')).toBe('2026-03-02')
  expect(weekOf('2026-03-02')).toBe('2026-03-02')
})
