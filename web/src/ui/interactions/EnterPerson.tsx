import { Button, Group, SegmentedControl, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { Duplicates } from '@/ui/clients/Duplicates'
import { ClientPicker } from '@/ui/pickers'
import { ofField, SmallForm } from '@/ui/SmallForm'
import { tell } from '@/ui/tell'
import { Window } from '@/ui/Window'

import { patchInteraction, readInteraction } from './actions'
import type { Interaction, Participant } from './draft'

interface Props {
  record: Interaction
  /** Which participant of it; without one: whoever it was with. */
  participant?: number
  onEntered: () => void
}

/**
 * EnterPerson enters somebody met in an interaction in his directory: a company, a person at a client, or an individual; the interaction is
 * then filled in from it (R29).
 */
export function EnterPerson(props: Props) {
  const { t } = useTranslation(['interactions', 'common'])
  const [open, setOpen] = useState(false)
  const name = props.participant === undefined ? undefined : props.record.participants?.[props.participant]?.name
  return (
    <>
      <Button variant="subtle" size={name === undefined ? 'sm' : 'compact-sm'} mih={32} style={{ flexShrink: 0 }} onClick={() => setOpen(true)} aria-label={name === undefined ? undefined : t('enter.openOf', { name })}>
        {t('enter.open')}
      </Button>
      <Window opened={open} onClose={() => setOpen(false)} title={t('enter.title')} size="lg" zIndex={300}>
        {open && <Form {...props} onClose={() => setOpen(false)} />}
      </Window>
    </>
  )
}

type Directory = 'contact' | 'partner' | 'individual'

function Form({ record, participant, onEntered, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation('interactions')
  const queries = useQueryClient()
  const request = useRequestKey()
  const met = participant === undefined ? undefined : record.participants?.[participant]
  // Of whoever it was with, only what the interaction does not know yet can be entered.
  const offered: Directory[] = participant !== undefined ? ['contact', 'partner', 'individual'] : record.client_id === undefined ? ['partner', 'individual', 'contact'] : ['contact']
  const [as, setAs] = useState<Directory>(offered[0] ?? 'contact')
  const [name, setName] = useState(met?.name ?? '')
  const [position, setPosition] = useState('')
  const [client, setClient] = useState<string | null>(null)
  const [phone, setPhone] = useState('')
  const [email, setEmail] = useState('')
  const done = (called: string) => {
    for (const key of [keys.clients, keys.contacts, ['client'], ['contact']]) void queries.invalidateQueries({ queryKey: key })
    tell.done(t('enter.made', { name: called }))
    onClose()
    onEntered()
  }
  const make = useMutation({
    mutationFn: (anyway: boolean) =>
      answer(
        api.POST('/api/v1/interactions/{id}/contact', {
          params: { path: { id: record.id }, header: { 'Idempotency-Key': request.key } },
          body: {
            as, name: name.trim(),
            ...(participant === undefined ? {} : { participant }),
            ...(as === 'contact' && position.trim() !== '' ? { position: position.trim() } : {}),
            ...(as === 'contact' && client !== null ? { client_id: client } : {}),
            ...(phone.trim() === '' ? {} : { phone: phone.trim() }),
            ...(email.trim() === '' ? {} : { email: email.trim() }),
            ...(anyway ? { create_anyway: true } : {}),
          },
        }),
      ),
    onSuccess: () => done(name.trim()),
    onError: request.refused,
  })
  const choose = useMutation({ mutationFn: (clientID: string) => fillIn(record, met, clientID), onSuccess: () => done(name.trim()) })
  const problem = make.error === null ? undefined : asApiError(make.error)
  return (
    <SmallForm problem={problem} told={ofField(problem) || problem?.code === 'possible_duplicates'} busy={make.isPending || choose.isPending} submit={t('enter.make')} onSubmit={() => make.mutate(false)} onCancel={onClose}>
      {offered.length > 1 && <SegmentedControl aria-label={t('enter.as')} value={as} onChange={(chosen) => setAs(chosen)} data={offered.map((value) => ({ value, label: t(`enter.kinds.${value}`) }))} />}
      <TextInput label={t('enter.name')} required data-autofocus maxLength={300} value={name} error={problem?.field('/name') ?? problem?.field('/participant')} onChange={(event) => setName(event.currentTarget.value)} />
      {as === 'contact' && (
        <>
          <TextInput label={t('enter.position')} maxLength={300} value={position} error={problem?.field('/position')} onChange={(event) => setPosition(event.currentTarget.value)} />
          {record.client_id === undefined && <ClientPicker label={t('enter.client')} required value={client} onChange={setClient} error={problem?.field('/client_id')} />}
        </>
      )}
      <Group grow align="flex-start">
        <TextInput label={t('enter.phone')} type="tel" maxLength={50} value={phone} error={problem?.field('/phone')} onChange={(event) => setPhone(event.currentTarget.value)} />
        <TextInput label={t('enter.email')} type="email" maxLength={300} value={email} error={problem?.field('/email')} onChange={(event) => setEmail(event.currentTarget.value)} />
      </Group>
      {problem?.code === 'possible_duplicates' && <Duplicates problem={problem} onChoose={(id) => choose.mutate(id)} onAnyway={() => make.mutate(true)} />}
    </SmallForm>
  )
}

/** fillIn takes a client who is there already instead of a new one, also in the place of the participant who is him. */
async function fillIn(record: Interaction, met: Participant | undefined, clientID: string): Promise<void> {
  const { data, etag } = await readInteraction(record.id)
  const isMet = (one: Participant) => met !== undefined && one.name === met.name && one.detail === met.detail
  const participants = (data.participants ?? []).map((one) => (isMet(one) ? { client_id: clientID, detail: one.detail, detail_kind: one.detail_kind } : one))
  await patchInteraction(record.id, etag, { participants, ...(data.client_id === undefined ? { client_id: clientID } : {}) })
}
