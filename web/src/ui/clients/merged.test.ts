import { expect, it } from 'vitest'

import { mergedDetails } from './merged'

it('keeps the details of both cards, each once', () => {
  const stays = [{ kind: 'phone', value: '8 495 123-45-67', number: '+74951234567' }]
  const goes = [{ kind: 'phone', value: '+7 (495) 1234567', number: '+74951234567' }, { kind: 'email', value: 'a@example.org' }]
  expect(mergedDetails(stays, goes).map((detail) => detail.value)).toEqual(['8 495 123-45-67', 'a@example.org'])
  expect(mergedDetails(null, goes)).toHaveLength(2)
})
