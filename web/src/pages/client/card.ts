import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'

import { api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { merge, type Edited } from '@/ui/edit/merge'

export type Client = Schema<'Client'>
export type ClientPatch = Schema<'PatchClientInputBody'>

const cardKey = (id: string) => [...keys.client(id), 'versioned'] as const
const read = (id: string) => versioned(api.GET('/api/v1/clients/{id}', { params: { path: { id } } }))

/** useClient reads the card of a client. */
export function useClient(id: string) {
  return useQuery({ queryKey: cardKey(id), queryFn: () => read(id), retry: false })
}

/** Changes one field of a client, and adds it to what others have changed meanwhile. */
export type Change = (patch: ClientPatch, field: (client: Client) => unknown, before: unknown) => Promise<void>

/** useChange saves single fields of a client. */
export function useChange(id: string): Change {
  const queries = useQueryClient()
  return useMemo(() => {
    const edited: Edited<Client, ClientPatch> = {
      current: () => {
        const known = queries.getQueryData<Versioned<Client>>(cardKey(id))
        if (known === undefined) throw new Error('the client has not been read')
        return known
      },
      read: () => read(id),
      write: (patch, etag) => versioned(api.PATCH('/api/v1/clients/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body: patch })),
      show: (record) => queries.setQueryData(cardKey(id), record),
    }
    return async (patch, field, before) => {
      await merge(edited, patch, field, before)
      void queries.invalidateQueries({ queryKey: keys.clients })
      void queries.invalidateQueries({ queryKey: keys.client(id) })
    }
  }, [queries, id])
}
