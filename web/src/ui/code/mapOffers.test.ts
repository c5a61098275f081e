import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { nothingKnown, offersAt } from './mapOffers'
import type { Format } from './mapSchema'
import { placeOf } from './place'

const format = JSON.parse(readFileSync(new URL('../../../../docs/route-map.schema.json', import.meta.url), 'utf8')) as Format
const claim = readFileSync(new URL('../../../../routemaps/claim.yaml', import.meta.url), 'utf8')

/** offered are the words offered at ▮. */
function offered(text: string): string[] {
  return offersAt(format, text.replace('▮', ''), text.indexOf('▮'), { ...nothingKnown, templates: [{ label: 'claim-registered' }], maps: [{ label: 'delivery' }] }).offers.map((one) => one.label)
}

describe('R37 what is offered at a place of a map', () => {
  test('keys of the map at its beginning, and of a stage in its stages', () => {
    expect(offered('id: x\n▮')).toContain('stages')
    expect(offered('id: x\nst▮')).toContain('time_limit')
    expect(offered('stages:\n  - id: one\n    ▮')).toContain('performer')
    expect(offered('stages:\n  - id: one\n    ▮')).not.toContain('process')
    expect(offered('stages:\n  - ▮')).toContain('outcomes')
  })
  test('a list at its key’s own depth, and keys in braces', () => {
    expect(offered('stages:\n- id: one\n  ▮')).toContain('performer')
    expect(offered('stages:\n  - id: one\n    outcomes:\n      - {id: on, ▮')).toContain('finish')
    expect(offered('name: {▮')).toEqual(['en', 'ru'])
  })
  test('words that a key takes', () => {
    expect(offered('process: ▮')).toContain('deal')
    expect(offered('stages:\n  - id: one\n    performer: ▮')).toContain('responsible')
    expect(offered('stages:\n  - id: one\n    on_entry:\n      - {email: ▮')).toEqual(['claim-registered'])
    expect(offered('stages:\n  - id: one\n    on_entry:\n      - {email: x, to: [client, ▮')).toContain('performer')
    expect(offered('fields:\n  sum: {type: ▮')).toContain('money')
    expect(offered('stages:\n  - id: one\n    kind: route\n    map: ▮')).toEqual(['delivery'])
  })
  test('stages, outcomes and fields of the map itself', () => {
    expect(offered(claim.replace('to: review', 'to: ▮'))).toEqual(expect.arrayContaining(['registration', 'review', 'decision', 'join']))
    expect(offered(claim.replace('performer: head_of_department', 'performer: {from: ▮'))).toContain('accepted')
    expect(offered(claim.replace('require: [findings]', 'require: [▮]'))).toEqual(expect.arrayContaining(['reason', 'description', 'until']))
  })
  test('a text of several lines is no place of keys', () => {
    expect(placeOf('stages:\n  - id: a\n    instructions:\n      ru: >-\n        name: b\n    na').path).toEqual(['stages', '[]'])
  })
})
