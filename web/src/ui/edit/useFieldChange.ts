import { useQueryClient } from '@tanstack/react-query'

import type { Versioned } from '@/api/client'

import { merge } from './merge'

/** Changes one field of a record, and adds it to what others have changed meanwhile; a Conflict when they have changed the same one. */
export type FieldChange<T, Patch> = (patch: Patch, field: (record: T) => unknown, before: unknown) => Promise<void>

interface Source<T, Patch> {
  /** Where the record with its version is kept. */
  key: readonly unknown[]
  read: () => Promise<Versioned<T>>
  write: (patch: Patch, etag: string) => Promise<Versioned<T>>
  /** What shows the record besides. */
  shownIn: readonly (readonly unknown[])[]
}

/** useFieldChange saves single fields of a record that has been read. */
export function useFieldChange<T, Patch>({ key, read, write, shownIn }: Source<T, Patch>): FieldChange<T, Patch> {
  const queries = useQueryClient()
  return async (patch, field, before) => {
    const current = () => {
      const known = queries.getQueryData<Versioned<T>>(key)
      if (known === undefined) throw new Error('the record has not been read')
      return known
    }
    await merge({ current, read, write, show: (record) => queries.setQueryData(key, record) }, patch, field, before)
    for (const root of shownIn) void queries.invalidateQueries({ queryKey: root })
  }
}
