import { useQuery } from '@tanstack/react-query'

import { api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useFieldChange, type FieldChange } from '@/ui/edit/useFieldChange'

export type Client = Schema<'Client'>
export type Change = FieldChange<Client, Schema<'PatchClientInputBody'>>

const cardKey = (id: string) => [...keys.client(id), 'versioned'] as const
const read = (id: string) => versioned(api.GET('/api/v1/clients/{id}', { params: { path: { id } } }))

/** useClient reads the card of a client. */
export function useClient(id: string) {
  return useQuery({ queryKey: cardKey(id), queryFn: () => read(id), retry: false })
}

/** useChange saves single fields of a client. */
export function useChange(id: string): Change {
  return useFieldChange({
    key: cardKey(id),
    read: () => read(id),
    write: (patch, etag) => versioned(api.PATCH('/api/v1/clients/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body: patch })),
    shownIn: [keys.clients, keys.client(id)],
  })
}
