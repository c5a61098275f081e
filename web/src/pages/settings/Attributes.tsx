import { ActionIcon, Badge, Button, Checkbox, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useKinds } from '@/app/session'
import { Empty } from '@/ui/Empty'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { KeyInput, keySent, Loaded, NamesInput, namesSent, noNames, Rows, useNameOf, type Column, type Names } from './parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'

type Attribute = Schema<'Attribute'>
type Subject = Attribute['subject']

const types: Attribute['type'][] = ['text', 'number', 'date', 'flag', 'choice']
const root = keys.attributes
const read = async () => (await answer(api.GET('/api/v1/attributes'))).items ?? []

/** Attributes is the company's own fields of clients, contacts and cases, made without code (R45). */
export default function Attributes() {
  const { t } = useTranslation(['settings', 'common'])
  const kinds = useKinds()
  const [params, setParams] = useSearchParams()
  const offered: Subject[] = ['client', 'contact', ...kinds]
  const subject = offered.find((one) => one === params.get('of')) ?? 'client'
  const query = useQuery({ queryKey: [...root, 'settings'], queryFn: read })
  const [open, setOpen] = useState<Attribute | 'new'>()
  const columns: Column<Attribute>[] = [
    {
      key: 'name', head: t('columns.name'),
      cell: (attribute) => (
        <Group gap={6}>
          <span className="as-typed">{attribute.name}</span>
          {attribute.archived && <Badge color="gray">{t('outOfUse')}</Badge>}
          {attribute.required && <Badge color="orange">{t('attributes.required')}</Badge>}
          {attribute.searchable && <Badge color="blue">{t('attributes.searchable')}</Badge>}
        </Group>
      ),
    },
    { key: 'key', head: t('columns.key'), wide: true, cell: (attribute) => <Text size="sm" c="dimmed">{attribute.key}</Text> },
    { key: 'type', head: t('attributes.type'), cell: (attribute) => <TypeCell attribute={attribute} /> },
    {
      key: 'actions', head: t('actions'), quiet: true,
      cell: (attribute) => (
        <Group justify="flex-end">
          <Button size="compact-sm" variant="subtle" onClick={() => setOpen(attribute)} aria-label={t('changeOf', { name: attribute.name })}>
            {t('common:edit')}
          </Button>
        </Group>
      ),
    },
  ]
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <Select w={240} label={t('attributes.of')} allowDeselect={false} value={subject} onChange={(next) => next !== null && setParams({ of: next }, { replace: true })} data={offered.map((value) => ({ value, label: t(`attributes.subjects.${value}`) }))} />
        <Button ml="auto" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
          {t('attributes.new')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" maw={680}>
        {t('attributes.text')}
      </Text>
      <Loaded query={query}>
        {(all) => {
          const here = all.filter((attribute) => attribute.subject === subject)
          return (
            <>
              <Rows label={t(`attributes.subjects.${subject}`)} items={here} columns={columns} idOf={(attribute) => attribute.key} off={(attribute) => attribute.archived} empty={<Empty title={t('attributes.none')} text={t('attributes.noneText')} />} />
              {open !== undefined && <AttributeForm subject={subject} attribute={open === 'new' ? undefined : open} position={(here.at(-1)?.position ?? 0) + 1} onClose={() => setOpen(undefined)} />}
            </>
          )
        }}
      </Loaded>
    </Stack>
  )
}

function TypeCell({ attribute }: { attribute: Attribute }) {
  const { t } = useTranslation('settings')
  const nameOf = useNameOf()
  const options = (attribute.options ?? []).filter((option) => option.archived !== true)
  return (
    <Text size="sm" className="as-typed">
      {t(`attributes.types.${attribute.type}`)}
      {options.length > 0 && <Text span inherit c="dimmed">{`: ${options.map((option) => nameOf(option.names)).join(', ')}`}</Text>}
    </Text>
  )
}

interface OptionDraft {
  id: string
  name: Names
  archived: boolean
  /** It is kept already, and can be put out of use only. */
  kept: boolean
}

interface Draft {
  key: string
  name: Names
  type: Attribute['type']
  required: boolean
  searchable: boolean
  archived: boolean
  position: number
  options: OptionDraft[]
}

const draftOf = (attribute: Attribute): Draft => ({
  key: attribute.key, name: attribute.names, type: attribute.type, required: attribute.required, searchable: attribute.searchable, archived: attribute.archived, position: attribute.position,
  options: (attribute.options ?? []).map((option) => ({ id: option.id, name: option.names, archived: option.archived ?? false, kept: true })),
})

interface AttributeFormProps {
  subject: Subject
  attribute: Attribute | undefined
  position: number
  onClose: () => void
}

function AttributeForm({ subject, attribute, position, onClose }: AttributeFormProps) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const nameOf = useNameOf()
  const form = useRecordForm<Draft>({
    start: attribute === undefined ? { key: '', name: noNames, type: 'text', required: false, searchable: false, archived: false, position, options: [] } : draftOf(attribute),
    ...(attribute === undefined
      ? {}
      : {
          etag: `"${attribute.version}"`,
          read: async () => {
            const now = (await read()).find((one) => one.subject === subject && one.key === attribute.key) ?? attribute
            return { data: draftOf(now), etag: `"${now.version}"` }
          },
        }),
    write: (draft, etag) => answer(api.PUT('/api/v1/attributes/{subject}/{key}', { params: { path: { subject, key: keySent(draft.key) }, header: etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': etag } }, body: bodyOf(draft) })),
    onDone: () => {
      void queries.invalidateQueries({ queryKey: root })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const found = draft.type === 'text' || draft.type === 'choice'
  const shown = (field: keyof Draft, value: unknown): string => {
    if (field === 'name') return `${(value as Names).ru} / ${(value as Names).en}`
    if (field === 'options') return (value as OptionDraft[]).map((option) => nameOf(option.name)).join(', ')
    return typeof value === 'boolean' ? t(value ? 'common:yes' : 'common:no') : String(value)
  }
  const taken = attribute === undefined && problem?.status === 412 ? t('key.taken') : undefined
  return (
    <FormWindow title={attribute === undefined ? t('attributes.newTitle', { of: t(`attributes.subjects.${subject}`) }) : attribute.name} form={form} told={taken !== undefined} onClose={onClose} fieldName={(field) => t(`attributes.fields.${field}`)} shown={shown} pointers={['/name', '/key', '/type', '/options']} size="lg">
      <NamesInput focus value={draft.name} onChange={(name) => set({ name })} problem={problem} />
      {attribute === undefined && (
        <>
          <KeyInput value={draft.key} onChange={(key) => set({ key })} error={taken ?? problem?.field('/key')} />
          <Select label={t('attributes.type')} description={t('attributes.typeText')} allowDeselect={false} value={draft.type} onChange={(type) => type !== null && set({ type })} data={types.map((value) => ({ value, label: t(`attributes.types.${value}`) }))} error={problem?.field('/type')} />
        </>
      )}
      {draft.type === 'choice' && <OptionsInput options={draft.options} onChange={(options) => set({ options })} error={(pointer) => problem?.field(pointer)} />}
      <Checkbox label={t('attributes.fields.required')} description={t('attributes.requiredText')} checked={draft.required} onChange={(event) => set({ required: event.currentTarget.checked })} />
      {found && <Checkbox label={t('attributes.fields.searchable')} description={t('attributes.searchableText')} checked={draft.searchable} onChange={(event) => set({ searchable: event.currentTarget.checked })} />}
      {attribute !== undefined && <Switch label={t('inUse')} description={t('attributes.archivedText')} checked={!draft.archived} onChange={(event) => set({ archived: !event.currentTarget.checked })} />}
    </FormWindow>
  )
}

function bodyOf(draft: Draft): Schema<'PutAttributeInputBody'> {
  const found = draft.type === 'text' || draft.type === 'choice'
  return {
    name: namesSent(draft.name), type: draft.type, required: draft.required, archived: draft.archived, position: draft.position, searchable: found && draft.searchable,
    ...(draft.type === 'choice' ? { options: draft.options.map(({ id, name, archived }) => ({ id, name: namesSent(name), archived })) } : {}),
  }
}

interface OptionsProps {
  options: OptionDraft[]
  onChange: (options: OptionDraft[]) => void
  error: (pointer: string) => string | undefined
}

/** OptionsInput is what a choice offers; one that is kept is put out of use rather than taken away, since records may have it. */
function OptionsInput({ options, onChange, error }: OptionsProps) {
  const { t } = useTranslation('settings')
  const change = (at: number, by: Partial<OptionDraft>) => onChange(options.map((option, i) => (i === at ? { ...option, ...by } : option)))
  return (
    <Stack gap={6} role="group" aria-label={t('attributes.fields.options')}>
      <Text size="sm" fw={500}>
        {t('attributes.fields.options')}
      </Text>
      {options.map((option, i) => (
        <Group key={i} gap={6} align="flex-start" wrap="nowrap">
          <TextInput flex={1} aria-label={t('attributes.option.ru', { number: i + 1 })} placeholder={t('name.ru')} value={option.name.ru} error={error(`/options/${i}/name`)} onChange={(event) => change(i, { name: { ...option.name, ru: event.currentTarget.value } })} />
          <TextInput flex={1} aria-label={t('attributes.option.en', { number: i + 1 })} placeholder={t('name.en')} value={option.name.en} onChange={(event) => change(i, { name: { ...option.name, en: event.currentTarget.value } })} />
          <TextInput w={130} aria-label={t('attributes.option.key', { number: i + 1 })} placeholder={t('key.label')} value={option.id} disabled={option.kept} error={error(`/options/${i}/id`)} onChange={(event) => change(i, { id: event.currentTarget.value.trim() })} />
          {option.kept ? (
            <Switch mt={8} size="sm" aria-label={t('attributes.option.offered', { number: i + 1 })} checked={!option.archived} onChange={(event) => change(i, { archived: !event.currentTarget.checked })} />
          ) : (
            <ActionIcon mt={2} size={32} variant="subtle" color="red" onClick={() => onChange(options.filter((_, j) => j !== i))} aria-label={t('attributes.option.remove', { number: i + 1 })}>
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {error('/options') !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)">
          {error('/options')}
        </Text>
      )}
      <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: 'flex-start' }} onClick={() => onChange([...options, { id: '', name: noNames, archived: false, kept: false }])}>
        {t('attributes.option.add')}
      </Button>
    </Stack>
  )
}
