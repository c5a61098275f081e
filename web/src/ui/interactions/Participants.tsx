import { ActionIcon, Autocomplete, Button, Group, Input, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useId, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { ClientField } from '@/ui/clients/ClientField'
import { ContactField } from '@/ui/clients/ContactField'
import { UserPicker } from '@/ui/pickers'
import { useBackTo } from '@/ui/useBackTo'

import type { Participant } from './draft'

type Detail = Schema<'ContactDetail'>
type Way = 'contact' | 'user' | 'client' | 'name'

interface Props {
  value: Participant[]
  onChange: (participants: Participant[]) => void
  /** Contacts are looked for at this client first. */
  client: string | null
  error?: string | undefined
  /** What more one can do with a participant, such as entering somebody who is in no directory (R29). */
  more?: (participant: Participant, index: number) => ReactNode
}

/** Participants are who takes part in an interaction: colleagues, contacts, clients, and people in no directory (R23, R46). */
export function Participants({ value, onChange, client, error, more }: Props) {
  const { t } = useTranslation('interactions')
  const id = useId()
  const change = (index: number, participant: Participant) => onChange(value.map((old, k) => (k === index ? participant : old)))
  return (
    <Input.Wrapper label={t('participants.label')} labelElement="div" labelProps={{ id }} error={error}>
      <Stack gap={6} role="group" aria-labelledby={id}>
        {value.map((participant, index) => (
          <Line key={`${participant.user_id ?? participant.contact_id ?? participant.client_id ?? participant.name ?? ''} ${index}`} participant={participant} onChange={(changed) => change(index, changed)} onRemove={() => onChange(value.filter((_, k) => k !== index))}>
            {more?.(participant, index)}
          </Line>
        ))}
        <Adding client={client} onAdd={(participant) => onChange([...value, participant])} />
      </Stack>
    </Input.Wrapper>
  )
}

interface LineProps {
  participant: Participant
  onChange: (participant: Participant) => void
  onRemove: () => void
  children: ReactNode
}

function Line({ participant, onChange, onRemove, children }: LineProps) {
  const { t } = useTranslation('interactions')
  const { name, details } = useParticipant(participant)
  const reach = (text: string) => {
    const known = details.find((detail) => detail.value === text)
    const detail: Pick<Participant, 'detail' | 'detail_kind'> = text === '' ? {} : { detail: text, detail_kind: (known?.kind as Participant['detail_kind']) ?? (text.includes('@') ? 'email' : 'phone') }
    onChange({ user_id: participant.user_id, contact_id: participant.contact_id, client_id: participant.client_id, name: participant.name, ...detail })
  }
  return (
    <Group gap={8} wrap="nowrap">
      <Text size="sm" className="as-typed" style={{ flex: 1 }}>
        {name}
      </Text>
      {children}
      {participant.user_id === undefined && (
        <Autocomplete
          aria-label={t('participants.detail', { name })}
          placeholder={t('participants.detailPlaceholder')}
          data={[...new Set(details.map((detail) => detail.value))]}
          value={participant.detail ?? ''}
          onChange={reach}
          size="xs"
          w={190}
        />
      )}
      <ActionIcon variant="subtle" color="gray" size={32} onClick={onRemove} aria-label={t('participants.remove', { name })}>
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  )
}

/** useParticipant is what somebody who takes part is called, and how he can be reached. */
export function useParticipant(participant: Participant): { name: string; details: Detail[] } {
  const userName = useUserName()
  const { client_id: client, contact_id: contact } = participant
  const asContact = useQuery({
    queryKey: [...keys.contact(contact ?? ''), 'plain'],
    queryFn: () => answer(api.GET('/api/v1/contacts/{id}', { params: { path: { id: contact ?? '' } } })),
    enabled: contact !== undefined,
  })
  const asClient = useQuery({
    queryKey: [...keys.client(client ?? ''), 'plain'],
    queryFn: () => answer(api.GET('/api/v1/clients/{id}', { params: { path: { id: client ?? '' } } })),
    enabled: client !== undefined && contact === undefined,
  })
  const record = asContact.data ?? asClient.data
  return { name: record?.name ?? participant.name ?? userName(participant.user_id), details: record?.details ?? [] }
}

function Adding({ client, onAdd }: { client: string | null; onAdd: (participant: Participant) => void }) {
  const { t } = useTranslation('interactions')
  const [way, setWay] = useState<Way>()
  const [name, setName] = useState('')
  const button = useBackTo(way !== undefined)
  const add = (participant: Participant) => {
    onAdd(participant)
    setWay(undefined)
    setName('')
  }
  if (way === undefined) {
    return (
      <Button ref={button} variant="subtle" size="compact-sm" h={32} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setWay('contact')} style={{ alignSelf: 'flex-start' }}>
        {t('participants.add')}
      </Button>
    )
  }
  const ways: Way[] = ['contact', 'user', 'client', 'name']
  const label = t(`participants.ways.${way}`)
  return (
    <Group gap={8} align="flex-end" wrap="nowrap">
      <Select w={150} label={t('participants.who')} data={ways.map((value) => ({ value, label: t(`participants.ways.${value}`) }))} value={way} onChange={(chosen) => setWay(chosen ?? 'contact')} allowDeselect={false} />
      <div style={{ flex: 1 }}>
        {way === 'contact' && <ContactField label={label} client={client} value={null} autoFocus onChange={(id) => id !== null && add({ contact_id: id })} />}
        {way === 'user' && <UserPicker label={label} value={null} autoFocus onChange={(id) => id !== null && add({ user_id: id })} />}
        {way === 'client' && <ClientField label={label} value={null} autoFocus onChange={(id) => id !== null && add({ client_id: id })} />}
        {way === 'name' && (
          <TextInput
            label={label}
            value={name}
            autoFocus
            maxLength={300}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
              event.preventDefault()
              if (name.trim() !== '') add({ name: name.trim() })
            }}
          />
        )}
      </div>
      {way === 'name' && (
        <Button variant="default" disabled={name.trim() === ''} onClick={() => add({ name: name.trim() })}>
          {t('participants.take')}
        </Button>
      )}
    </Group>
  )
}
