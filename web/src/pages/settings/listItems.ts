import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'

import { namesSent, type Names } from './parts'

/** An item of a reference list, whichever list it is of. */
export interface Item {
  key: string
  names: Names
  active: boolean
  version: number
  position: number
  /** Of a purpose: who deals with it (R37). */
  performer_id?: string
  /** Of a region (R8). */
  time_zone?: string
  correcting?: boolean
}

/** A list: how it is read and an item of it is written. Without an etag the item is a new one. */
export interface Directory {
  /** All answers that show the list are under this key. */
  root: readonly unknown[]
  ordered: boolean
  read: () => Promise<Item[]>
  write: (item: Item, etag: string | undefined) => Promise<unknown>
}

const reference = ['loss_reason', 'claim_reason', 'channel', 'purpose'] as const

/** The lists, in the order they are offered. */
export const listNames = [...reference, 'sources', 'regions'] as const
export type ListName = (typeof listNames)[number]

/** keyOf is under which a list's items are kept for these pages. */
export const keyOf = (name: ListName) => [...directories[name].root, 'settings'] as const

const match = (etag: string | undefined) => (etag === undefined ? { 'If-None-Match': '*' as const } : { 'If-Match': etag })

function referenceList(list: (typeof reference)[number]): Directory {
  return {
    root: keys.reference(list),
    ordered: true,
    read: async () => (await answer(api.GET('/api/v1/reference-lists/{list}', { params: { path: { list } } }))).items ?? [],
    write: ({ key, names, active, position, performer_id }, etag) =>
      answer(
        api.PUT('/api/v1/reference-lists/{list}/{key}', {
          params: { path: { list, key }, header: match(etag) },
          body: { name: namesSent(names), active, position, ...(performer_id === undefined ? {} : { performer_id }) },
        }),
      ),
  }
}

const unordered = (item: Schema<'Region'> | Schema<'Source'>): Item => ({ key: item.key, names: item.name, active: item.archived !== true, version: item.version, position: 0 })

/** Where the items of each list are. */
export const directories: Record<ListName, Directory> = {
  loss_reason: referenceList('loss_reason'),
  claim_reason: referenceList('claim_reason'),
  channel: referenceList('channel'),
  purpose: referenceList('purpose'),
  sources: {
    root: keys.sources,
    ordered: false,
    read: async () => ((await answer(api.GET('/api/v1/acquisition-sources'))).items ?? []).map(unordered),
    write: ({ key, names, active }, etag) => answer(api.PUT('/api/v1/acquisition-sources/{key}', { params: { path: { key }, header: match(etag) }, body: { name: namesSent(names), archived: !active } })),
  },
  regions: {
    root: keys.regions,
    ordered: false,
    read: async () => ((await answer(api.GET('/api/v1/regions'))).items ?? []).map((region) => ({ ...unordered(region), time_zone: region.time_zone, ...(region.correcting === true ? { correcting: true } : {}) })),
    write: ({ key, names, active, time_zone = '' }, etag) => answer(api.PUT('/api/v1/regions/{key}', { params: { path: { key }, header: match(etag) }, body: { name: namesSent(names), time_zone, archived: !active } })),
  },
}
