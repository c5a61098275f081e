import { describe, expect, it } from 'vitest'

import type { Versioned } from '@/api/client'
import { ApiError } from '@/api/problem'

import { Conflict, merge, type Edited } from './merge'

interface Card {
  topic: string
  source: string
}

/** A server with one card, and a page that has read it before somebody else changed it. */
function stale(shown: Card, now: Card) {
  let stored: Versioned<Card> = { data: now, etag: '"2"' }
  let page: Versioned<Card> = { data: shown, etag: '"1"' }
  const edited: Edited<Card, Partial<Card>> = {
    current: () => page,
    read: () => Promise.resolve(stored),
    write: (patch, etag) => {
      if (etag !== stored.etag) return Promise.reject(new ApiError({ type: 'stale', code: 'stale', title: 'stale', status: 412 }))
      stored = { data: { ...stored.data, ...patch }, etag: '"3"' }
      return Promise.resolve(stored)
    },
    show: (record) => (page = record),
  }
  return { edited, stored: () => stored.data, page: () => page.data }
}

describe('a change of what others have changed meanwhile', () => {
  it('is added to theirs when they changed another field', async () => {
    const card = stale({ topic: 'a', source: 's' }, { topic: 'a', source: 'theirs' })
    await merge(card.edited, { topic: 'mine' }, (c) => c.topic, 'a')
    expect(card.stored()).toEqual({ topic: 'mine', source: 'theirs' })
    expect(card.page()).toEqual(card.stored())
  })
  it('is not sent when they changed the same field', async () => {
    const card = stale({ topic: 'a', source: 's' }, { topic: 'theirs', source: 's' })
    await expect(merge(card.edited, { topic: 'mine' }, (c) => c.topic, 'a')).rejects.toEqual(new Conflict('theirs'))
    expect(card.stored().topic).toBe('theirs')
    expect(card.page().topic).toBe('theirs')
  })
})
