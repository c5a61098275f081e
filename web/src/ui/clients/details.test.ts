import { describe, expect, it } from 'vitest'

import { hrefOf, sent } from './details'

describe('R9 what a click on a contact detail opens', () => {
  it.each([
    ['phone', '8 (495) 123-45-67', '+74951234567', 'tel:+74951234567'],
    ['mobile', '+7 900 000-00-01', undefined, 'tel:+79000000001'],
    ['email', 'a&b?c@example.org', undefined, 'mailto:a%26b%3Fc@example.org'],
    ['site', 'https://example.org/a', undefined, 'https://example.org/a'],
    ['site', 'javascript:alert(1)', undefined, undefined],
    ['legal_address', 'Омск', undefined, undefined],
  ])('%s %s', (kind, value, number, href) => {
    expect(hrefOf({ kind, value, ...(number === undefined ? {} : { number }) })).toBe(href)
  })
})

it('sends a detail without what the server works out of it', () => {
  expect(sent({ kind: 'phone', value: '8 495 1', number: '+74951', extension: '' })).toEqual({ kind: 'phone', value: '8 495 1' })
})
