import { describe, expect, it } from 'vitest'

import { pushedOut } from './pushedOut'

const entries = (...ids: number[]) => ids.map((id) => ({ id: String(id) }))

describe('what new entries push out of the first page of a feed', () => {
  it('is as many as have come, where it was full', () => {
    expect(pushedOut(entries(5, 4, 3), entries(3, 2, 1))).toBe(2)
    expect(pushedOut(entries(4, 3, 2), entries(3, 2, 1))).toBe(1)
  })
  it('is nothing where all are there, or none was known', () => {
    expect(pushedOut(entries(4, 3, 2, 1), entries(3, 2, 1))).toBe(0)
    expect(pushedOut(entries(3, 2, 1), entries(3, 2, 1))).toBe(0)
    expect(pushedOut(entries(3, 2, 1), [])).toBe(0)
  })
  it('is what had grown before, and all where more have come than are read', () => {
    expect(pushedOut(entries(6, 5, 4), entries(5, 4, 3, 2, 1))).toBe(3)
    expect(pushedOut(entries(9, 8, 7), entries(3, 2, 1))).toBe(3)
  })
})
