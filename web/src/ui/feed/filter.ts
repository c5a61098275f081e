import type { Schema } from '@/api/client'

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

/** feedQuery is a filter as the feeds of the API take it. */
export function feedQuery(filter: FeedFilter) {
  return {
    ...(filter.groups.length === 0 ? {} : { groups: filter.groups.join(',') }),
    ...(filter.kind === null ? {} : { kind: [filter.kind] }),
    ...(filter.actor === null ? {} : { actor: filter.actor }),
    ...(filter.from === '' ? {} : { from: new Date(`${filter.from}T00:00`).toISOString() }),
    ...(filter.to === '' ? {} : { to: new Date(Date.parse(`${filter.to}T00:00`) + 86_400_000).toISOString() }),
  }
}
