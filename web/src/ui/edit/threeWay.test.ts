import { describe, expect, it } from 'vitest'

import { changed, threeWay } from './threeWay'

describe('threeWay', () => {
  const base = { name: 'Sales', head: 'anna', rights: ['work'] }
  it('keeps what others have changed where I have not', () => {
    expect(threeWay(base, { ...base, name: 'Retail' }, { ...base, head: 'boris' })).toEqual({ draft: { name: 'Retail', head: 'boris', rights: ['work'] }, clashes: [] })
  })
  it('tells of a field that both have changed, and leaves mine in the form', () => {
    expect(threeWay(base, { ...base, name: 'Retail' }, { ...base, name: 'Trade' })).toEqual({ draft: { ...base, name: 'Retail' }, clashes: [{ field: 'name', theirs: 'Trade' }] })
  })
  it('has nothing to tell when both have changed it to the same', () => {
    const rights = ['work', 'lead']
    expect(threeWay(base, { ...base, rights }, { ...base, rights: [...rights] }).clashes).toEqual([])
  })
})

describe('changed', () => {
  it('compares what is in lists', () => {
    expect(changed({ a: [1], b: 2 }, { a: [1], b: 3 })).toEqual(['b'])
  })
})
