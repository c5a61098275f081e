import { Badge, Box, Button, Select, Stack, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { MissingPage } from '@/app/BrokenPage'
import { useRight } from '@/app/session'
import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { When } from '@/ui/bits'
import { MomentField } from '@/ui/dates'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { FilterBar } from '@/ui/FilterBar'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { CasePicker, ClientPicker, UserPicker } from '@/ui/pickers'

import { AuditWindow } from './AuditWindow'
import { tables, useColumnName, useTableName } from './words'

export type Entry = Schema<'Audit'>

const filters = ['actor', 'table', 'action', 'case', 'client', 'record', 'from', 'until'] as const
type Filter = Partial<Record<(typeof filters)[number], string>>

/** Audit is who has changed what, when and from where; for those with the right to read it. */
export default function Audit() {
  const { t } = useTranslation('audit')
  const may = useRight('audit')
  if (!may) return <MissingPage />
  return (
    <Page title={t('title')}>
      <Entries />
    </Page>
  )
}

function Entries() {
  const { t } = useTranslation('audit')
  const [params, setParams] = useSearchParams()
  const filter: Filter = Object.fromEntries(filters.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])))
  const any = Object.keys(filter).length > 0
  const [open, setOpen] = useState<Entry>()
  const userName = useUserName()
  const tableName = useTableName()
  const columnName = useColumnName()
  const set = (name: keyof Filter, value: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const query = useInfiniteQuery({
    queryKey: [...keys.audit, filter],
    queryFn: async ({ pageParam }) => {
      const { items, next } = await answer(api.GET('/api/v1/audit', { params: { query: { limit: 50, ...filter, ...(pageParam === undefined ? {} : { after: pageParam }) } } }))
      return { items, ...(next === undefined ? {} : { next: String(next) }) }
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next === undefined ? undefined : Number(page.next)),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const columns: ListColumn<Entry>[] = [
    {
      key: 'at', head: t('at'), width: '150px',
      cell: (entry) => (
        <>
          <When at={entry.at} size="sm" />
          <Box hiddenFrom="sm">
            <Who entry={entry} name={userName(entry.actor_id)} />
          </Box>
        </>
      ),
    },
    { key: 'who', head: t('who'), phone: false, cell: (entry) => <Who entry={entry} name={userName(entry.actor_id)} /> },
    {
      key: 'what', head: t('what'), width: 'minmax(0, 2fr)',
      cell: (entry) => (
        <>
          <Button variant="transparent" size="compact-sm" px={0} h="auto" styles={{ label: { whiteSpace: 'normal', textAlign: 'left' } }} onClick={() => setOpen(entry)} aria-label={t('openOf', { what: tableName(entry.table), when: entry.at })}>
            {tableName(entry.table)}
          </Button>{' '}
          <Action action={entry.action} /> {entry.erased === true && <Badge color="gray">{t('erased')}</Badge>}
          <Text size="xs" c="dimmed" className="as-typed" lineClamp={2}>
            {Object.keys(entry.action === 'insert' ? {} : entry.before).map(columnName).join(', ')}
          </Text>
        </>
      ),
    },
  ]
  return (
    <Stack gap="sm">
      <Filters filter={filter} onChange={set} onClear={() => setParams({}, { replace: true })} />
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {!query.isError && <ListTable label={t('title')} query={query} columns={columns} idOf={(entry) => String(entry.n)} nameOf={(entry) => `${tableName(entry.table)} ${entry.at}`} empty={any ? <Nothing /> : <Empty title={t('none')} text={t('noneText')} />} />}
      {open !== undefined && <AuditWindow entry={open} onClose={() => setOpen(undefined)} onRecord={(record) => { setOpen(undefined); set('record', record) }} />}
    </Stack>
  )
}

function Who({ entry, name }: { entry: Entry; name: string }) {
  const { t } = useTranslation('audit')
  return (
    <>
      <Text size="sm" className="as-typed">
        {entry.actor_id === undefined ? t('program') : name || entry.actor_id}
      </Text>
      <Text size="xs" c="dimmed">
        {entry.address ?? entry.program}
      </Text>
    </>
  )
}

const colors: Record<string, string> = { insert: 'green', update: 'blue', delete: 'red' }

/** Action says what was done to the record. */
export function Action({ action }: { action: string }) {
  const { t } = useTranslation('audit')
  const known = action === 'insert' || action === 'update' || action === 'delete'
  return <Badge color={colors[action] ?? 'gray'}>{known ? t(`actions.${action}`) : action}</Badge>
}

interface FiltersProps {
  filter: Filter
  onChange: (name: keyof Filter, value: string | null) => void
  onClear: () => void
}

function Filters({ filter, onChange, onClear }: FiltersProps) {
  const { t } = useTranslation(['audit', 'common'])
  const tableName = useTableName()
  const known = tables.map((value) => ({ value, label: tableName(value) })).sort((a, b) => a.label.localeCompare(b.label))
  return (
    <FilterBar set={Object.keys(filter).length}>
      <UserPicker label={t('who')} placeholder={t('common:any')} value={filter.actor ?? null} onChange={(id) => onChange('actor', id)} />
      <Select label={t('table')} placeholder={t('common:any')} searchable clearable clearButtonProps={{ 'aria-label': t('common:clear') }} nothingFoundMessage={t('common:list.nothing')} data={known} value={filter.table ?? null} onChange={(table) => onChange('table', table)} />
      <Select label={t('action')} placeholder={t('common:any')} clearable clearButtonProps={{ 'aria-label': t('common:clear') }} w={150} data={(['insert', 'update', 'delete'] as const).map((value) => ({ value, label: t(`actions.${value}`) }))} value={filter.action ?? null} onChange={(action) => onChange('action', action)} />
      <CasePicker label={t('case')} value={filter.case ?? null} onChange={(id) => onChange('case', id)} />
      <ClientPicker label={t('client')} value={filter.client ?? null} onChange={(id) => onChange('client', id)} />
      <RecordInput key={filter.record ?? ''} value={filter.record ?? ''} onChange={(record) => onChange('record', record)} />
      <div style={{ width: 270 }}>
        <MomentField label={t('from')} usualTime="00:00" value={filter.from ?? null} onChange={(at) => onChange('from', at)} />
      </div>
      <div style={{ width: 270 }}>
        <MomentField label={t('until')} usualTime="00:00" value={filter.until ?? null} onChange={(at) => onChange('until', at)} />
      </div>
      {Object.keys(filter).length > 0 && (
        <Button variant="subtle" onClick={onClear}>
          {t('clearAll')}
        </Button>
      )}
    </FilterBar>
  )
}

/** RecordInput asks for a record by its id or key, and looks when one has done with it. */
function RecordInput({ value, onChange }: { value: string; onChange: (record: string) => void }) {
  const { t } = useTranslation('audit')
  const [typed, setTyped] = useState(value)
  return (
    <TextInput
      label={t('record')} autoComplete="off" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={() => typed.trim() !== value && onChange(typed.trim())}
      onKeyDown={(event) => event.key === 'Enter' && onChange(typed.trim())}
    />
  )
}
