import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, TextInput, Checkbox } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { useAttributes, useRegions, useSources, type Entry } from '@/api/directories'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useRequestKey } from '@/api/useRequestKey'
import { Block } from '@/ui/Block'
import { sent, type Detail } from '@/ui/clients/details'
import { DetailList } from '@/ui/clients/DetailList'
import { DetailsEditor } from '@/ui/clients/DetailsEditor'
import { AttributeInPlace } from '@/ui/edit/AttributeInPlace'
import { InPlace } from '@/ui/edit/InPlace'
import { isGiven } from '@/ui/edit/values'
import { Failure } from '@/ui/Failure'
import { UserPicker } from '@/ui/pickers'

import type { Change, Client } from './card'

interface Props {
  client: Client
  editable: boolean
  change: Change
}

/** Details are what is written on the card: how to reach the client, what he is, his legal entities and own attributes. */
export function Details({ client, editable, change }: Props) {
  return (
    <>
      <Reach client={client} editable={editable} change={change} />
      <About client={client} editable={editable} change={change} />
      <LegalEntities client={client} editable={editable} />
    </>
  )
}

function Reach({ client, editable, change }: Props) {
  const { t } = useTranslation(['client', 'common'])
  const [editing, setEditing] = useState(false)
  const details = client.details ?? []
  return (
    <Block
      title={t('details.title')}
      actions={
        editable && (
          <Button size="compact-sm" variant="subtle" onClick={() => setEditing(true)}>
            {t('common:edit')}
          </Button>
        )
      }
    >
      {details.length === 0 ? <None text={t('details.none')} /> : <DetailList details={details} />}
      <Modal opened={editing} onClose={() => setEditing(false)} title={t('details.title')} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
        {editing && <EditDetails details={details} change={change} onEnd={() => setEditing(false)} />}
      </Modal>
    </Block>
  )
}

function EditDetails({ details, change, onEnd }: { details: Detail[]; change: Change; onEnd: () => void }) {
  const { t } = useTranslation(['client', 'common'])
  const [before] = useState(details)
  const [draft, setDraft] = useState(details.length === 0 ? [{ kind: 'phone', value: '' }] : details)
  const save = useMutation({
    mutationFn: () => change({ details: draft.filter((detail) => detail.value.trim() !== '').map(sent) }, (client) => client.details ?? [], before),
    onSuccess: onEnd,
  })
  const problem = save.error === null ? undefined : asApiError(save.error)
  const ofField = (problem?.problem.errors ?? []).some((e) => e.pointer?.startsWith('/details'))
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm">
        <DetailsEditor details={draft} onChange={setDraft} problem={problem} />
        {problem && !ofField && <Failure error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onEnd}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t('common:save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function About({ client, editable, change }: Props) {
  const { t } = useTranslation('client')
  const userName = useUserName()
  const regions = useRegions()
  const sources = useSources()
  const attributes = useAttributes('client').filter((attribute) => !attribute.archived || isGiven(client.attributes[attribute.key]))
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
          input={(draft, set, error) => <UserPicker label={t('owner')} value={draft} onChange={set} error={error} clearable={false} />}
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
        {attributes.map((attribute) => (
          <AttributeInPlace key={attribute.key} attribute={attribute} values={client.attributes} editable={editable} save={(attributes, before) => change({ attributes }, (c) => c.attributes[attribute.key] ?? null, before)} />
        ))}
      </Stack>
    </Block>
  )
}

interface ChosenProps {
  label: string
  entries: Entry[]
  value: string | undefined
  editable: boolean
  save: (key: string, before: string) => Promise<void>
  pointer: string
}

/** Chosen is an entry of a directory, or what was typed before there was one. */
function Chosen({ label, entries, value, editable, save, pointer }: ChosenProps) {
  const { t } = useTranslation()
  return (
    <InPlace
      label={label}
      value={value ?? ''}
      editable={editable}
      shown={(key) => entries.find((entry) => entry.key === key)?.name ?? key}
      input={(draft, set, error) => (
        <Select
          aria-label={label}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('clear') }}
          nothingFoundMessage={t('list.nothing')}
          data={entries.filter((entry) => !entry.archived || entry.key === draft).map((entry) => ({ value: entry.key, label: entry.name }))}
          value={draft === '' ? null : draft}
          onChange={(key) => set(key ?? '')}
          error={error}
        />
      )}
      save={save}
      problem={(error) => error.field(pointer)}
    />
  )
}

function LegalEntities({ client, editable }: Omit<Props, 'change'>) {
  const { t } = useTranslation('client')
  const [adding, setAdding] = useState(false)
  const entities = client.legal_entities ?? []
  return (
    <Block
      title={t('legal.title')}
      actions={
        editable &&
        !adding && (
          <Button size="compact-sm" variant="subtle" onClick={() => setAdding(true)}>
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
  const { t } = useTranslation(['client', 'common'])
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
  const ofField = (problem?.problem.errors ?? []).some((e) => e.pointer !== undefined)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <Stack gap={6}>
        <TextInput label={t('legal.name')} required data-autofocus autoFocus value={draft.name} maxLength={200} error={problem?.field('/name')} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />
        <Group grow align="flex-start">
          <TextInput label={t('legal.innLabel')} inputMode="numeric" value={draft.inn} error={problem?.field('/inn')} onChange={(event) => setDraft({ ...draft, inn: event.currentTarget.value })} />
          <TextInput label={t('legal.kppLabel')} inputMode="numeric" value={draft.kpp} error={problem?.field('/kpp')} onChange={(event) => setDraft({ ...draft, kpp: event.currentTarget.value })} />
        </Group>
        <Checkbox label={t('legal.main')} checked={draft.main} onChange={(event) => setDraft({ ...draft, main: event.currentTarget.checked })} />
        {problem && !ofField && <Failure error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button size="compact-sm" variant="default" onClick={onEnd}>
            {t('common:cancel')}
          </Button>
          <Button size="compact-sm" type="submit" loading={add.isPending}>
            {t('common:save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function None({ text }: { text: string }) {
  return (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
}
