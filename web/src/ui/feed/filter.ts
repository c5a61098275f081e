import type { Schema } from '@/api/client'
import { dayAfter, instantOf } from '@/i18n/wall'

export type FeedKind = Schema<'Interaction'>['kind']

/** What narrows a feed (R6); empty: all of it. Days are calendar dates. */
export interface FeedFilter {
  groups: string[]
  kind: FeedKind | null
  actor: string | null
  from: string
  to: string
}

export const wholeFeed: FeedFilter = { groups: [], kind: null, actor: null, from: '', to: '' }

export const feedGroups = ['interactions', 'letters', 'tasks', 'route', 'notes', 'files', 'changes'] as const

/** feedQuery is a filter as the feeds of the API take it: its days begin and end by the clocks of the user's time zone. */
export function feedQuery(filter: FeedFilter, timeZone: string) {
  const from = midnight(filter.from, timeZone)
  const to = filter.to === '' ? undefined : midnight(dayAfter(filter.to, 1), timeZone)
  return {
    ...(filter.groups.length === 0 ? {} : { groups: filter.groups.join(',') }),
    ...(filter.kind === null ? {} : { kind: [filter.kind] }),
    ...(filter.actor === null ? {} : { actor: filter.actor }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}

const midnight = (day: string, timeZone: string) => (day === '' ? undefined : instantOf({ date: day, time: '00:00' }, timeZone))
