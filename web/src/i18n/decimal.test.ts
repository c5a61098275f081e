import { describe, expect, it } from 'vitest'

import { readDecimal, writeDecimal } from './decimal'

describe('readDecimal', () => {
  it('takes a comma for what it is in the language of the page', () => {
    expect(readDecimal('12,500', 'en')).toBe('12500')
    expect(readDecimal('1,234,567.89', 'en')).toBe('1234567.89')
    expect(readDecimal('12,500', 'ru')).toBe('12.500')
    expect(readDecimal('12 500,5', 'ru')).toBe('12500.5')
    expect(readDecimal('12\u00a0500,5', 'ru')).toBe('12500.5')
    expect(readDecimal('12500.5', 'ru')).toBe('12500.5')
  })
  it('takes a point and spaces in both', () => {
    for (const lang of ['ru', 'en'] as const) {
      expect(readDecimal(' 12 500.5 ', lang)).toBe('12500.5')
      expect(readDecimal('+.5', lang)).toBe('0.5')
      expect(readDecimal('\u22127.', lang)).toBe('-7')
    }
  })
  it('leaves what it cannot be sure of as it was typed, for the refusal to name', () => {
    for (const typed of ['12,50', '12,5', '0,125', '1,23,456', '12,3456', '1,234,56', '12.5.1', '12 345,67абв-5', '-', '.', '1e5']) expect(readDecimal(typed, 'en'), typed).toBe(typed)
    for (const typed of ['1,234.56', '1.234,56', '1,2,3', '12 345,67абв-5', '5-']) expect(readDecimal(typed, 'ru'), typed).toBe(typed)
  })
  it('reads back unchanged every number that is shown', () => {
    // The same numbers in each run.
    let seed = 7
    const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    const digits = (count: number) => Array.from({ length: count }, () => next(10)).join('')
    for (let run = 0; run < 5_000; run += 1) {
      const whole = digits(next(20)).replace(/^0+/, '') || '0'
      const fraction = next(2) === 0 ? '' : `.${digits(1 + next(6))}`
      const text = `${next(4) === 0 ? '-' : ''}${whole}${fraction}`
      for (const lang of ['ru', 'en'] as const) expect(readDecimal(writeDecimal(text, lang), lang), `${writeDecimal(text, lang)} in ${lang}`).toBe(text)
    }
  })
})

describe('writeDecimal', () => {
  it('writes numbers as the language does, with every digit', () => {
    expect(writeDecimal('12500.50', 'en')).toBe('12,500.50')
    expect(writeDecimal('-1234567.5', 'ru')).toBe('-1\u00a0234\u00a0567,5')
    expect(writeDecimal('12345678901234567890', 'en')).toBe('12,345,678,901,234,567,890')
    expect(writeDecimal('twelve', 'en')).toBe('twelve')
  })
})
