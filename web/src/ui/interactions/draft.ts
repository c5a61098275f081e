import type { Schema } from '@/api/client'
import { instantOf, noWall, wallOf, type Wall } from '@/i18n/wall'

export type Interaction = Schema<'Interaction'>
export type Participant = Schema<'Participant'>
export type InteractionKind = Interaction['kind']

export const interactionKinds: readonly InteractionKind[] = ['call', 'meeting', 'email', 'sms', 'calendar', 'other']

/** Draft is an interaction as it is being typed. */
export interface Draft {
  kind: InteractionKind
  direction: 'in' | 'out' | ''
  at: Wall
  ends: Wall
  topic: string
  content: string
  result: string
  responsible: string | null
  client: string | null
  contact: string | null
  case: string | null
  deal: string | null
  participants: Participant[]
  remind: Wall
  review: Wall
}

/** Values is what the API is told of a Draft: null is what is empty. */
export interface Values {
  kind: InteractionKind
  direction: 'in' | 'out' | undefined
  at: string | undefined
  ends_at: string | null
  topic: string
  content: string
  result: string
  responsible_id: string | null
  client_id: string | null
  contact_id: string | null
  case_id: string | null
  deal_id: string | null
  participants: Participant[]
  remind_at: string | null
  review_after: string | null
}

/** What a new interaction is known to be about. */
export interface About {
  kind?: InteractionKind
  direction?: 'in' | 'out'
  topic?: string
  content?: string
  /** RFC 3339. */
  at?: string
  clientID?: string
  contactID?: string
  caseID?: string
  dealID?: string
  participants?: Participant[]
}

/** newDraft is an interaction of which nothing has been typed yet; the one who makes it is responsible. */
export function newDraft(about: About, responsible: string | null, timeZone: string): Draft {
  return {
    kind: about.kind ?? 'call', direction: about.direction ?? 'out', at: wallOf(about.at, timeZone), ends: noWall,
    topic: about.topic ?? '', content: about.content ?? '', result: '', responsible,
    client: about.clientID ?? null, contact: about.contactID ?? null, case: about.caseID ?? null, deal: about.dealID ?? null,
    participants: about.participants ?? [], remind: noWall, review: noWall,
  }
}

/** aboutSubject is what is taken over from the interaction that another one is made from (R24, R26). */
export function aboutSubject(subject: Interaction): About {
  return {
    kind: subject.kind, topic: subject.topic, clientID: subject.client_id, contactID: subject.contact_id, caseID: subject.case_id, dealID: subject.deal_id,
    participants: subject.participants ?? [],
  }
}

/** draftOf is a recorded interaction, to be changed. */
export function draftOf(record: Interaction, timeZone: string): Draft {
  return {
    kind: record.kind, direction: record.direction ?? '', at: wallOf(record.at, timeZone), ends: wallOf(record.ends_at, timeZone),
    topic: record.topic, content: record.content ?? '', result: record.result ?? '', responsible: record.responsible_id ?? null,
    client: record.client_id ?? null, contact: record.contact_id ?? null, case: record.case_id ?? null, deal: record.deal_id ?? null,
    participants: record.participants ?? [], remind: wallOf(record.remind_at, timeZone), review: wallOf(record.review_after, timeZone),
  }
}

/** valuesOf is a draft in the words of the API. */
export function valuesOf(draft: Draft, timeZone: string): Values {
  return {
    kind: draft.kind, direction: draft.direction === '' ? undefined : draft.direction,
    at: instantOf(draft.at, timeZone), ends_at: instantOf(draft.ends, timeZone) ?? null,
    topic: draft.topic.trim(), content: draft.content, result: draft.result,
    responsible_id: draft.responsible, client_id: draft.client, contact_id: draft.contact, case_id: draft.case, deal_id: draft.deal,
    participants: draft.participants, remind_at: instantOf(draft.remind, timeZone) ?? null, review_after: instantOf(draft.review, timeZone) ?? null,
  }
}

/** changesOf is what differs: only that is sent, so that what a colleague changes meanwhile stays. */
export function changesOf(before: Values, after: Values): Partial<Values> {
  const names = Object.keys(after) as (keyof Values)[]
  return Object.fromEntries(names.filter((name) => !same(before[name], after[name])).map((name) => [name, after[name]]))
}

/** same tells whether two values are equal; those of participants by what they say. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** moved gives a draft another time: its end and its reminder keep their distance, as the server keeps it. */
export function moved(draft: Draft, at: Wall, timeZone: string): Draft {
  const before = instantOf(draft.at, timeZone)
  const after = instantOf(at, timeZone)
  if (before === undefined || after === undefined) return { ...draft, at }
  const by = Date.parse(after) - Date.parse(before)
  const along = (wall: Wall): Wall => {
    const was = instantOf(wall, timeZone)
    return was === undefined ? wall : wallOf(new Date(Date.parse(was) + by).toISOString(), timeZone)
  }
  return { ...draft, at, ends: along(draft.ends), remind: along(draft.remind) }
}

/** halfGiven names the moments of which the date is there and the time is not. */
export function halfGiven(draft: Draft): ('at' | 'ends_at' | 'remind_at' | 'review_after')[] {
  const moments = [['at', draft.at], ['ends_at', draft.ends], ['remind_at', draft.remind], ['review_after', draft.review]] as const
  return moments.filter(([, wall]) => wall.date !== null && wall.time === '').map(([name]) => name)
}

/** creation is the body of a POST: what is empty is left out, but that nobody is responsible is said (R27). */
export function creation(values: Values, status: 'planned' | 'completed', subject: string | undefined, now: string): Schema<'NewInteractionInputBody'> {
  return {
    kind: values.kind, direction: values.direction, at: values.at ?? now, ends_at: values.ends_at ?? undefined, status,
    topic: values.topic, content: values.content || undefined, result: values.result || undefined, responsible_id: values.responsible_id,
    client_id: values.client_id ?? undefined, contact_id: values.contact_id ?? undefined, case_id: values.case_id ?? undefined, deal_id: values.deal_id ?? undefined,
    participants: values.participants, remind_at: values.remind_at ?? undefined, review_after: values.review_after ?? undefined, subject_id: subject,
  }
}

/** Merged is a draft with what a colleague has changed meanwhile; of clashes, both have changed the same field to something else. */
export interface Merged {
  draft: Draft
  clashes: (keyof Draft)[]
}

/** merge takes from a later state what one has not changed oneself. */
export function merge(base: Draft, mine: Draft, theirs: Draft): Merged {
  const names = Object.keys(base) as (keyof Draft)[]
  const changed = names.filter((name) => !same(base[name], mine[name]))
  const draft = { ...theirs, ...Object.fromEntries(changed.map((name) => [name, mine[name]])) }
  return { draft, clashes: changed.filter((name) => !same(base[name], theirs[name]) && !same(mine[name], theirs[name])) }
}
