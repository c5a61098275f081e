import { expect, it } from 'vitest'

import { changesIn } from './changes'

it('R65 tells the fields that were changed, own attributes one by one', () => {
  expect(changesIn({ contact_id: 'c', fields: { position: { from: '', to: 'buyer' }, attributes: { from: { size: 1, colour: 'red' }, to: { size: 2, colour: 'red', new: true } } } })).toEqual([
    { name: 'position', from: '', to: 'buyer' },
    { name: 'attributes.size', from: 1, to: 2 },
    { name: 'attributes.new', from: undefined, to: true },
  ])
})

it('has nothing to tell of a line without fields', () => {
  expect(changesIn({ name: 'x' })).toEqual([])
})
