import { Button, Checkbox, Group, MultiSelect, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { useRegions, useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { Block } from '@/ui/Block'
import { Chosen } from '@/ui/clients/Chosen'
import { OwnAttributes } from '@/ui/clients/OwnAttributes'
import { Reach } from '@/ui/clients/Reach'
import { InPlace } from '@/ui/edit/InPlace'
import { UserPicker } from '@/ui/pickers'
import { SmallForm } from '@/ui/SmallForm'

import type { Change, Client } from './card'
import { useBackTo } from '@/ui/useBackTo'

interface Props {
  client: Client
  editable: boolean
  change: Change
}

/** Details are what is written on the card: how to reach the client, what he is, his legal entities and own attributes. */
export function Details({ client, editable, change }: Props) {
  return (
    <>
      <Reach details={client.details ?? []} editable={editable} save={(details, before) => change({ details }, (c) => c.details ?? [], before)} />
      <About client={client} editable={editable} change={change} />
      <LegalEntities client={client} editable={editable} />
    </>
  )
}

const blocks = ['interactions', 'deals', 'claims'] as const

function About({ client, editable, change }: Props) {
  const { t } = useTranslation('client')
  const userName = useUserName()
  const regions = useRegions()
  const sources = useSources()
  return (
    <Block title={t('about')}>
      <Stack gap={8}>
        <InPlace
          label={t('status')}
          value={client.status}
          editable={editable}
          shown={(status) => t(`statuses.${status}`)}
          input={(draft, set) => <SegmentedControl size="xs" aria-label={t('status')} value={draft} onChange={(status) => set(status)} data={(['potential', 'active'] as const).map((value) => ({ value, label: t(`statuses.${value}`) }))} />}
          save={(draft, before) => change({ status: draft }, (c) => c.status, before)}
        />
        <InPlace
          label={t('owner')}
          value={client.owner_id ?? null}
          editable={editable}
          shown={(id) => userName(id ?? undefined)}
          input={(draft, set, error) => <UserPicker aria-label={t('owner')} value={draft} onChange={set} error={error} clearable={false} />}
          confirmed
          save={(draft, before) => (draft === null ? Promise.resolve() : change({ owner_id: draft }, (c) => c.owner_id ?? null, before))}
          problem={(error) => error.field('/owner_id')}
        />
        <Chosen label={t('region')} entries={regions} value={client.region} editable={editable} save={(region, before) => change({ region }, (c) => c.region ?? '', before)} pointer="/region" />
        <Chosen label={t('source')} entries={sources} value={client.source} editable={editable} save={(source, before) => change({ source }, (c) => c.source ?? '', before)} pointer="/source" />
        <InPlace
          label={t('lang')}
          value={client.lang}
          editable={editable}
          shown={(lang) => t(`langs.${lang}`)}
          input={(draft, set) => <SegmentedControl size="xs" aria-label={t('lang')} value={draft} onChange={(lang) => set(lang)} data={(['ru', 'en'] as const).map((value) => ({ value, label: t(`langs.${value}`) }))} />}
          save={(draft, before) => change({ lang: draft }, (c) => c.lang, before)}
        />
        <InPlace
          label={t('without.label')}
          value={blocks.filter((block) => client.without?.includes(block))}
          editable={editable}
          shown={(without) => blocks.filter((block) => without.includes(block)).map((block) => t(`without.${block}`)).join(', ') || t('without.nothing')}
          input={(draft, set, error) => <MultiSelect aria-label={t('without.label')} data={blocks.map((value) => ({ value, label: t(`without.${value}`) }))} value={draft} onChange={(chosen) => set(blocks.filter((block) => chosen.includes(block)))} error={error} />}
          save={(draft, before) => change({ without: draft }, (c) => blocks.filter((block) => c.without?.includes(block)), before)}
          problem={(error) => error.field('/without')}
        />
        <OwnAttributes subject="client" values={client.attributes} editable={editable} save={(key, value, before) => change({ attributes: { [key]: value } }, (c) => c.attributes[key] ?? null, before)} />
      </Stack>
    </Block>
  )
}

function LegalEntities({ client, editable }: Omit<Props, 'change'>) {
  const { t } = useTranslation('client')
  const [adding, setAdding] = useState(false)
  const button = useBackTo(adding)
  const entities = client.legal_entities ?? []
  return (
    <Block
      title={t('legal.title')}
      actions={
        editable &&
        !adding && (
          <Button ref={button} size="compact-sm" variant="subtle" onClick={() => setAdding(true)}>
            {t('legal.add')}
          </Button>
        )
      }
    >
      <Stack gap={8}>
        {entities.length === 0 && !adding && <None text={t('legal.none')} />}
        {entities.map((entity) => (
          <div key={entity.id}>
            <Text size="sm" className="as-typed">
              {entity.name} {entity.main && <Text span size="xs" c="dimmed">({t('legal.main')})</Text>}
            </Text>
            <Text size="xs" c="dimmed">
              {[entity.inn !== undefined && t('legal.inn', { inn: entity.inn }), entity.kpp !== undefined && t('legal.kpp', { kpp: entity.kpp })].filter(Boolean).join(', ')}
            </Text>
          </div>
        ))}
        {adding && <NewLegalEntity clientID={client.id} onEnd={() => setAdding(false)} />}
      </Stack>
    </Block>
  )
}

function NewLegalEntity({ clientID, onEnd }: { clientID: string; onEnd: () => void }) {
  const { t } = useTranslation('client')
  const queries = useQueryClient()
  const request = useRequestKey()
  const [draft, setDraft] = useState({ name: '', inn: '', kpp: '', main: false })
  const add = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/clients/{id}/legal-entities', {
          params: { path: { id: clientID }, header: { 'Idempotency-Key': request.key } },
          body: { name: draft.name.trim(), main: draft.main, ...(draft.inn === '' ? {} : { inn: draft.inn.trim() }), ...(draft.kpp === '' ? {} : { kpp: draft.kpp.trim() }) },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.client(clientID) })
      onEnd()
    },
    onError: request.refused,
  })
  const problem = add.error === null ? undefined : asApiError(add.error)
  return (
    <SmallForm label={t('legal.add')} size="compact-sm" problem={problem} busy={add.isPending} onSubmit={() => add.mutate()} onCancel={onEnd}>
      <TextInput label={t('legal.name')} required data-autofocus autoFocus value={draft.name} maxLength={200} error={problem?.field('/name')} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />
      <Group grow align="flex-start">
        <TextInput label={t('legal.innLabel')} inputMode="numeric" value={draft.inn} error={problem?.field('/inn')} onChange={(event) => setDraft({ ...draft, inn: event.currentTarget.value })} />
        <TextInput label={t('legal.kppLabel')} inputMode="numeric" value={draft.kpp} error={problem?.field('/kpp')} onChange={(event) => setDraft({ ...draft, kpp: event.currentTarget.value })} />
      </Group>
      <Checkbox label={t('legal.main')} checked={draft.main} onChange={(event) => setDraft({ ...draft, main: event.currentTarget.checked })} />
    </SmallForm>
  )
}

function None({ text }: { text: string }) {
  return (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
}
