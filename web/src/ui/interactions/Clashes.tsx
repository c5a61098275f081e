import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { instantOf, type Wall } from '@/i18n/wall'

import type { Draft, Participant } from './draft'
import { useParticipant } from './Participants'
import type { Clash } from './useEditing'

interface Props {
  draft: Draft
  clashes: Clash[]
  onTheirs: (clash: Clash) => void
  onMine: (clash: Clash) => void
}

/** Clashes shows the fields that a colleague has changed at the same time: what oneself made of them, and what he did. */
export function Clashes({ draft, clashes, onTheirs, onMine }: Props) {
  const { t } = useTranslation('interactions')
  if (clashes.length === 0) return null
  return (
    <Alert color="orange" role="alert" icon={<IconUsers size={18} aria-hidden />} title={t('clash.title')}>
      <Stack gap="sm">
        {clashes.map((clash) => (
          <div key={clash.field}>
            <Text size="sm" fw={600}>
              {t(`clash.fields.${clash.field}`)}
            </Text>
            <Side label={t('clash.mine')} draft={draft} field={clash.field} choose={t('clash.keep')} onChoose={() => onMine(clash)} />
            <Side label={t('clash.theirs')} draft={clash.theirs} field={clash.field} choose={t('clash.take')} onChoose={() => onTheirs(clash)} />
          </div>
        ))}
      </Stack>
    </Alert>
  )
}

function Side({ label, draft, field, choose, onChoose }: { label: string; draft: Draft; field: keyof Draft; choose: string; onChoose: () => void }) {
  return (
    <Group gap="xs" wrap="nowrap" mt={4}>
      <Text size="sm" className="as-typed" style={{ flex: 1 }}>
        {label}: <FieldText draft={draft} field={field} />
      </Text>
      <Button size="compact-sm" h={32} variant="default" onClick={onChoose} aria-label={`${choose}: ${label}`}>
        {choose}
      </Button>
    </Group>
  )
}

/** FieldText is what a field holds, in words. */
function FieldText({ draft, field }: { draft: Draft; field: keyof Draft }) {
  const { t } = useTranslation()
  const { t: tInteractions } = useTranslation('interactions')
  const userName = useUserName()
  switch (field) {
    case 'kind':
      return t(`interactionKinds.${draft.kind}`)
    case 'direction':
      return draft.direction === '' ? t('none') : tInteractions(`direction.${draft.direction}`)
    case 'topic':
    case 'content':
    case 'result':
      return draft[field] || t('none')
    case 'at':
    case 'ends':
    case 'remind':
    case 'review':
      return <WallText wall={draft[field]} />
    case 'responsible':
      return draft.responsible === null ? t('nobody') : userName(draft.responsible)
    case 'participants':
      return draft.participants.length === 0 ? t('nobody') : draft.participants.map((participant, k) => <ParticipantText key={k} participant={participant} first={k === 0} />)
    default:
      return <RecordText field={field} id={draft[field]} />
  }
}

function WallText({ wall }: { wall: Wall }) {
  const { t } = useTranslation()
  const format = useFormat()
  const at = instantOf(wall, format.timeZone)
  return at === undefined ? t('none') : format.moment(at)
}

function ParticipantText({ participant, first }: { participant: Participant; first: boolean }) {
  const { name } = useParticipant(participant)
  return `${first ? '' : ', '}${name}`
}

function RecordText({ field, id }: { field: 'client' | 'contact' | 'case' | 'deal'; id: string | null }) {
  const { t } = useTranslation()
  const name = useQuery({ queryKey: ['interaction-party', field, id], queryFn: () => nameOf(field, id ?? ''), enabled: id !== null })
  return id === null ? t('none') : (name.data ?? t('loading'))
}

async function nameOf(field: 'client' | 'contact' | 'case' | 'deal', id: string): Promise<string> {
  const params = { path: { id } }
  if (field === 'client') return (await answer(api.GET('/api/v1/clients/{id}', { params }))).name
  if (field === 'contact') return (await answer(api.GET('/api/v1/contacts/{id}', { params }))).name
  const found = await answer(api.GET('/api/v1/cases/{id}', { params }))
  return `${found.number} ${found.topic}`
}
