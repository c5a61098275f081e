import { describe, expect, it } from 'vitest'

import { aboutSubject, changesOf, creation, draftOf, halfGiven, merge, moved, newDraft, valuesOf, type Interaction } from './draft'

const zone = 'Europe/Moscow'
const record: Interaction = {
  id: 'i', chain_id: 'i', kind: 'meeting', status: 'planned', at: '2026-03-02T11:00:12Z', ends_at: '2026-03-02T12:00:00Z', remind_at: '2026-03-02T10:45:00Z',
  topic: 'Доски', participants: [{ contact_id: 'c' }], client_id: 'k', case_id: 'o', responsible_id: 'u', version: 3, created_at: '2026-03-01T00:00:00Z',
}

describe('a draft of an interaction', () => {
  it('sends only what was changed', () => {
    const draft = draftOf(record, zone)
    expect(changesOf(valuesOf(draft, zone), valuesOf({ ...draft, topic: 'Двери', client: null }, zone))).toEqual({ topic: 'Двери', client_id: null })
    expect(changesOf(valuesOf(draft, zone), valuesOf(draftOf(record, zone), zone))).toEqual({})
  })

  it('takes its end and its reminder along when it is moved', () => {
    const later = valuesOf(moved(draftOf(record, zone), { date: '2026-03-03', time: '14:30' }, zone), zone)
    expect(later).toMatchObject({ at: '2026-03-03T11:30:00.000Z', ends_at: '2026-03-03T12:30:00.000Z', remind_at: '2026-03-03T11:15:00.000Z' })
  })

  it('R26 takes client, case and participants of the one it is made from', () => {
    const body = creation(valuesOf(newDraft(aboutSubject(record), 'u', zone), zone), 'planned', record.id, '2026-03-05T00:00:00Z')
    expect(body).toMatchObject({ subject_id: 'i', client_id: 'k', case_id: 'o', participants: [{ contact_id: 'c' }], topic: 'Доски', at: '2026-03-05T00:00:00Z' })
    expect(body.ends_at).toBeUndefined()
  })

  it('R27 says that nobody is responsible', () => {
    expect(creation(valuesOf(newDraft({}, null, zone), zone), 'completed', undefined, '2026-03-05T00:00:00Z').responsible_id).toBeNull()
  })

  it('names the moments that are half given', () => {
    expect(halfGiven({ ...draftOf(record, zone), remind: { date: '2026-03-02', time: '' } })).toEqual(['remind_at'])
  })

  it('takes what a colleague changed, and names what both did', () => {
    const base = draftOf(record, zone)
    const merged = merge(base, { ...base, topic: 'Моё', content: 'Моё' }, { ...base, topic: 'Чужое', result: 'Чужое' })
    expect(merged.draft).toMatchObject({ topic: 'Моё', content: 'Моё', result: 'Чужое' })
    expect(merged.clashes).toEqual(['topic'])
  })
})
