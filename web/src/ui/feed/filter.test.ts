import { expect, test } from 'vitest'

import { feedQuery, wholeFeed } from './filter'

test('R6 the days of a filter are those of the time zone one works in, also when the clocks are changed', () => {
  const filter = { ...wholeFeed, from: '2026-03-02', to: '2026-03-02' }
  expect(feedQuery(filter, 'Asia/Vladivostok')).toEqual({ from: '2026-03-01T14:00:00.000Z', to: '2026-03-02T14:00:00.000Z' })
  expect(feedQuery({ ...wholeFeed, from: '2026-03-29', to: '2026-03-29' }, 'Europe/Berlin')).toEqual({ from: '2026-03-28T23:00:00.000Z', to: '2026-03-29T22:00:00.000Z' })
  expect(feedQuery(wholeFeed, 'Europe/Moscow')).toEqual({})
})
