import { describe, expect, it } from 'vitest'

import { fitting } from './fitting'

describe('how many of a feed’s newest entries show at first', () => {
  it('is as many as fit, the newest in any case', () => {
    expect(fitting([40, 130, 220, 260], 1000)).toBe(4)
    expect(fitting([40, 130, 220, 260], 130)).toBe(2)
    expect(fitting([40, 130, 220, 260], 220)).toBe(3)
  })
  it('counts the name of a day that an entry shows when it is the first', () => {
    expect(fitting([40, 130, 220, 260], 220, [0, 38, 38, 38])).toBe(2)
    expect(fitting([40, 130, 220, 260], 260, [0, 38, 38, 38])).toBe(4)
    expect(fitting([40, 130, 220, 260], 130, [0, 38, 0, 38])).toBe(2)
  })
  it('is never none of them', () => {
    expect(fitting([300, 700], -50)).toBe(1)
    expect(fitting([300], 10)).toBe(1)
    expect(fitting([], 500)).toBe(0)
  })
})
