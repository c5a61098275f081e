import { useQuery } from '@tanstack/react-query'

import { api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useFieldChange, type FieldChange } from '@/ui/edit/useFieldChange'

export type Contact = Schema<'Contact'>
export type Change = FieldChange<Contact, Schema<'PatchContactInputBody'>>

const cardKey = (id: string) => [...keys.contact(id), 'versioned'] as const
const read = (id: string) => versioned(api.GET('/api/v1/contacts/{id}', { params: { path: { id } } }))

/** useContact reads the card of a contact. */
export function useContact(id: string) {
  return useQuery({ queryKey: cardKey(id), queryFn: () => read(id), retry: false })
}

/** useChange saves single fields of a contact. */
export function useChange(id: string): Change {
  return useFieldChange({
    key: cardKey(id),
    read: () => read(id),
    write: (patch, etag) => versioned(api.PATCH('/api/v1/contacts/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body: patch })),
    // He is listed on the cards of the clients he leaves and comes to.
    shownIn: [keys.contacts, keys.contact(id), ['client']],
  })
}
