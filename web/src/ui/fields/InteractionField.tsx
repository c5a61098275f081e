import { Button, Fieldset, SegmentedControl, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useFormat } from '@/i18n/useFormat'
import { wallOf } from '@/i18n/wall'
import { MomentField } from '@/ui/dates'

import type { AskedItem, FieldProps } from './ItemField'

type Kind = Schema<'Interaction'>['kind']
const kinds: Kind[] = ['call', 'meeting', 'email', 'sms', 'calendar', 'other']

/** An interaction that a form records or plans. */
interface NewInteraction {
  kind: Kind
  at?: string | undefined
  topic?: string
  content?: string
}

const isNew = (value: unknown): value is NewInteraction => typeof value === 'object' && value !== null && 'kind' in value

/** HeldInteraction chooses a completed interaction with the client, or records one (R32). */
export function HeldInteraction(props: FieldProps) {
  const { item, value, onChange, error, clientID, caseID } = props
  const { t } = useTranslation()
  const format = useFormat()
  const kind = item.interaction_kind
  const found = useQuery({
    queryKey: [...keys.interactions, 'to-choose', clientID, caseID, kind],
    queryFn: () => answer(api.GET('/api/v1/interactions', { params: { query: { client: clientID ?? '', status: 'completed', order: 'newest', limit: 50, ...(kind === undefined ? {} : { kind: [kind] }) } } })),
    enabled: clientID !== undefined,
  })
  // Of no other case: that one would keep it.
  const choices = (found.data?.items ?? []).filter((i) => i.case_id === undefined || i.case_id === caseID)
  const [mode, setMode] = useState<'choose' | 'record'>()
  const shown = mode ?? (isNew(value) || choices.length === 0 ? 'record' : 'choose')
  const turn = (to: string) => {
    setMode(to === 'choose' ? 'choose' : 'record')
    onChange(undefined)
  }
  return (
    <Fieldset legend={<Legend item={item} />} p="sm">
      <Stack gap="sm">
        {choices.length > 0 && (
          <SegmentedControl
            aria-label={item.name}
            value={shown}
            onChange={turn}
            data={[
              { value: 'choose', label: t('fields.chooseInteraction') },
              { value: 'record', label: t('fields.recordInteraction') },
            ]}
          />
        )}
        {shown === 'choose' ? (
          <Select
            aria-label={item.name}
            placeholder={t('fields.choose')}
            required={item.required}
            error={error}
            searchable
            nothingFoundMessage={t('list.nothing')}
            value={typeof value === 'string' ? value : null}
            onChange={(id) => onChange(id ?? undefined)}
            data={choices.map((i) => ({ value: i.id, label: `${t(`interactionKinds.${i.kind}`)}, ${format.moment(i.at)}${i.topic === '' ? '' : ` · ${i.topic}`}` }))}
          />
        ) : (
          <Parts {...props} held />
        )}
      </Stack>
    </Fieldset>
  )
}

/** PlannedInteraction plans the next step with the client (R2, R3). */
export function PlannedInteraction(props: FieldProps) {
  return (
    <Fieldset legend={<Legend item={props.item} />} p="sm">
      <Parts {...props} />
    </Fieldset>
  )
}

function Legend({ item }: { item: AskedItem }) {
  return (
    <Text span size="sm" fw={500}>
      {item.name}
      {item.required && <Text span c="var(--mantine-color-error)" aria-hidden>{' *'}</Text>}
    </Text>
  )
}

function Parts({ item, value, onChange, error, held = false }: FieldProps & { held?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const only = item.interaction_kind
  const now: NewInteraction = isNew(value) ? value : { kind: only ?? 'call' }
  // Untouched it is not filled in, and an optional one may stay so.
  const change = (part: Partial<NewInteraction>) => {
    const next = { ...now, ...part }
    const empty = next.at === undefined && (next.topic ?? '').trim() === '' && (next.content ?? '').trim() === ''
    onChange(empty ? undefined : next)
  }
  return (
    <Stack gap="sm">
      {only === undefined && (
        <Select label={t('fields.kind')} allowDeselect={false} value={now.kind} onChange={(kind) => onChange({ ...now, kind: kinds.find((k) => k === kind) ?? 'call' })} data={kinds.map((k) => ({ value: k, label: t(`interactionKinds.${k}`) }))} />
      )}
      <MomentField
        label={held ? t('fields.heldAt') : t('fields.plannedAt')}
        required={item.required}
        value={now.at ?? null}
        usualTime={held ? `${wallOf(new Date().toISOString(), format.timeZone).time.slice(0, 2)}:00` : '10:00'}
        error={error}
        onChange={(at) => change({ at: at ?? undefined })}
      />
      {held && now.at === undefined && (
        <Button size="compact-sm" variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => change({ at: new Date().toISOString() })}>
          {t('fields.justNow')}
        </Button>
      )}
      <TextInput label={t('fields.topic')} maxLength={500} value={now.topic ?? ''} onChange={(event) => change({ topic: event.currentTarget.value })} />
      <Textarea label={t('fields.content')} autosize minRows={2} maxRows={8} maxLength={20_000} value={now.content ?? ''} onChange={(event) => change({ content: event.currentTarget.value })} />
    </Stack>
  )
}
