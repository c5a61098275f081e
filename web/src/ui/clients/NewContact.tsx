import { Group, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { SmallForm } from '@/ui/SmallForm'
import { tell } from '@/ui/tell'

import { ClientField } from './ClientField'
import { given, type Detail } from './details'
import { DetailsEditor } from './DetailsEditor'

interface Props {
  /** The client he belongs to; without it, one is chosen. */
  clientID?: string
  /** As far as it is known. */
  name?: string
  onEnd: () => void
  onMade?: (contact: Schema<'Contact'>) => void
}

/** NewContact enters a person at a client (R44). */
export function NewContact({ clientID, name: known = '', onEnd, onMade }: Props) {
  const { t } = useTranslation(['client', 'common'])
  const queries = useQueryClient()
  const request = useRequestKey()
  const [client, setClient] = useState<string | null>(clientID ?? null)
  const [name, setName] = useState(known)
  const [position, setPosition] = useState('')
  const [details, setDetails] = useState<Detail[]>([{ kind: 'mobile', value: '' }, { kind: 'mailing', value: '' }])
  const [asked, setAsked] = useState(false)
  const add = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/contacts', {
          params: { header: { 'Idempotency-Key': request.key } },
          body: { client_id: client ?? '', name: name.trim(), details: given(details), ...(position.trim() === '' ? {} : { position: position.trim() }) },
        }),
      ),
    onSuccess: async (contact) => {
      void queries.invalidateQueries({ queryKey: keys.contacts })
      await queries.invalidateQueries({ queryKey: keys.client(contact.client_id) })
      onMade?.(contact)
      onEnd()
      // He whose card this is was merged into another meanwhile.
      if (clientID !== undefined && contact.client_id !== clientID) tell.done(t('contacts.elsewhere', { name: contact.name }))
    },
    onError: request.refused,
  })
  const problem = add.error === null ? undefined : asApiError(add.error)
  const submit = () => {
    setAsked(true)
    if (client !== null) add.mutate()
  }
  const noClient = asked && client === null ? t('common:required') : undefined
  return (
    <SmallForm label={t('contacts.add')} size={clientID === undefined || known !== '' ? 'sm' : 'compact-sm'} problem={problem} busy={add.isPending} onSubmit={submit} onCancel={onEnd}>
      {clientID === undefined && <ClientField label={t('contacts.client')} required value={client} onChange={setClient} error={noClient ?? problem?.field('/client_id')} begins />}
      <Group grow align="flex-start">
        <TextInput label={t('contacts.name')} required autoFocus={clientID !== undefined} maxLength={200} value={name} error={problem?.field('/name')} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label={t('contacts.position')} maxLength={200} value={position} error={problem?.field('/position')} onChange={(event) => setPosition(event.currentTarget.value)} />
      </Group>
      <DetailsEditor details={details} onChange={setDetails} problem={problem} />
    </SmallForm>
  )
}
