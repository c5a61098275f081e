import { expect, it } from 'vitest'

import { pageOf, Sight } from './pagesAgain'

const page = (items: number[], next?: string) => ({ items, ...(next === undefined ? {} : { next }) })
const kept = { pages: [page([1, 2], 'b'), page([3, 4], 'c'), page([5, 6], 'd'), page([7])], pageParams: [undefined, 'b', 'c', 'd'] }

it('asks only for the pages in sight again, keeps what is above, and leaves what is below to be read when one comes there', () => {
  const sight = new Sight()
  expect(sight.move(1, 2)).toBe(false)
  const again = kept.pageParams.map((after) => sight.again(kept, after))
  expect(again).toEqual([kept.pages[0], undefined, undefined, { items: [], next: 'd' }])
})

it('asks for a page above that begins elsewhere than it did', () => {
  const sight = new Sight()
  sight.move(2, 2)
  sight.again(kept, undefined)
  expect(sight.again(kept, 'b2')).toBeUndefined()
})

it('wants what is old read again when it comes into sight, once', () => {
  const sight = new Sight()
  sight.move(2, 3)
  kept.pageParams.forEach((after) => sight.again(kept, after))
  expect([sight.move(2, 2), sight.move(0, 1), sight.move(0, 1)]).toEqual([false, true, false])
})

it('asks for all pages of a list that does not tell what is in sight', () => {
  const sight = new Sight()
  expect(kept.pageParams.map((after) => sight.again(kept, after))).toEqual([undefined, undefined, undefined, undefined])
})

it('finds the page of a row, past pages that are empty', () => {
  const pages = [page([1, 2]), page([]), page([3])]
  expect([0, 1, 2, 3].map((row) => pageOf(pages, row))).toEqual([0, 0, 2, 2])
})
