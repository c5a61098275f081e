import { Anchor, Badge, Button, Collapse, Group, MultiSelect, Select, Switch, Text } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useMaps, useStageName } from '@/api/maps'
import { useReference } from '@/api/people'
import { useBlocks, useKinds } from '@/app/session'
import { useFollowMany } from '@/app/Workplace'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf } from '@/i18n/wall'
import { Due, KindBadge, StatusBadge } from '@/ui/bits'
import { DayField } from '@/ui/dates'
import { Empty } from '@/ui/Empty'
import { FilterBar } from '@/ui/FilterBar'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { DepartmentPicker, UserPicker } from '@/ui/pickers'
import { SavedFilters } from '@/ui/SavedFilters'
import { SearchField } from '@/ui/SearchField'
import { useFilters, type Filter, type FilterChange } from '@/ui/useFilters'
import { useList } from '@/ui/useList'

type Item = Schema<'CaseItem'>

const statuses: Item['status'][] = ['open', 'positive', 'negative', 'cancelled']
const sorts = ['created', 'activity', 'due', 'amount'] as const

/** What narrows the list; it is kept in the address, so that a list can be sent to a colleague. */
const names = ['kind', 'status', 'responsible', 'department', 'map', 'version', 'stage', 'mode', 'channel', 'source', 'client', 'contact', 'participant', 'parent', 'created_from', 'created_to', 'closed_from', 'closed_to', 'overdue', 'unplanned', 'negotiations', 'q', 'sort', 'reverse'] as const
type Name = (typeof names)[number]
type Shown = Filter<Name>

/** Cases is the list of all cases, of every kind. */
export default function Cases() {
  const { t } = useTranslation('cases')
  useFollowMany()
  const { timeZone } = useFormat()
  const { filter, set, clear, use, query } = useFilters(names)
  const list = useList([...keys.cases, 'list', filter], (after) => answer(api.GET('/api/v1/cases', { params: { query: { ...queryOf(filter, timeZone), ...(after === undefined ? {} : { after }) } } })))
  const narrowed = names.some((name) => name !== 'sort' && name !== 'reverse' && filter[name] !== undefined)
  const columns = useColumns()
  return (
    <Page title={t('title')}>
      <Filters filter={filter} set={set} onClear={clear} narrowed={narrowed} query={query} onUse={use} />
      <ListTable
        label={t('title')}
        query={list}
        columns={columns}
        idOf={(item) => item.id}
        nameOf={(item) => `${item.number} ${item.topic}`}
        to={(item) => `/cases/${item.number}`}
        empty={narrowed ? <Nothing /> : <Empty title={t('empty')} text={t('emptyText')} />}
      />
    </Page>
  )
}

type Query = NonNullable<NonNullable<Parameters<typeof api.GET<'/api/v1/cases', Record<string, never>>>[1]>>['params'] extends { query?: infer Q } ? NonNullable<Q> : never

/** queryOf is the filter as the API takes it: days are whole ones of one's own clock. */
function queryOf(filter: Shown, timeZone: string): Query {
  const { kind, overdue, unplanned, reverse, version, created_from, created_to, closed_from, closed_to, ...rest } = filter
  const day = (text: string | undefined, after = 0) => (text === undefined ? undefined : instantOf({ date: dayAfter(text, after), time: '00:00' }, timeZone))
  const times = { created_from: day(created_from), created_to: day(created_to, 1), closed_from: day(closed_from), closed_to: day(closed_to, 1) }
  const given = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined))
  return {
    ...rest, ...given, limit: 50,
    ...(kind === undefined ? {} : { kind: kind.split(',') }),
    ...(version !== undefined && /^[1-9]\d{0,8}$/.test(version) ? { version: Number(version) } : {}),
    ...(overdue === 'true' ? { overdue: true } : {}),
    ...(unplanned === 'true' ? { unplanned: true } : {}),
    ...(reverse === 'true' ? { reverse: true } : {}),
  }
}

interface FilterProps {
  filter: Shown
  set: (change: FilterChange<Name>) => void
  onClear: () => void
  narrowed: boolean
  query: string
  onUse: (query: string) => void
}

const behind: Name[] = ['department', 'map', 'version', 'stage', 'mode', 'channel', 'source', 'created_from', 'created_to', 'closed_from', 'closed_to', 'negotiations']

function Filters({ filter, set, onClear, narrowed, query, onUse }: FilterProps) {
  const { t } = useTranslation('cases')
  const { t: common } = useTranslation()
  const blocks = useBlocks()
  const hidden = behind.filter((name) => filter[name] !== undefined).length
  const [open, setOpen] = useState(hidden > 0)
  const kinds = useKinds()
  return (
    <FilterBar first={<SearchField style={{ flex: '1 1 200px' }} placeholder={t('searchFor')} value={filter.q ?? ''} onChange={(q) => set({ q })} />} set={names.filter((name) => name !== 'q' && filter[name] !== undefined).length}>
        <MultiSelect label={t('kind')} placeholder={filter.kind === undefined ? common('any') : ''} w={210} data={kinds.map((kind) => ({ value: kind, label: common(`kinds.${kind}`) }))} value={filter.kind?.split(',') ?? []} onChange={(value) => set({ kind: value.join(',') })} />
        <Pick name="status" filter={filter} set={set} label={t('status')} data={statuses.map((status) => ({ value: status, label: common(`statuses.${status}`) }))} />
        <Responsible value={filter.responsible} onChange={(responsible) => set({ responsible })} />
        <Pick name="sort" filter={filter} set={set} label={t('sort')} data={sorts.map((sort) => ({ value: sort, label: t(`sorts.${sort}`) }))} />
      <Collapse expanded={open} w="100%" data-whole>
        <More filter={filter} set={set} />
      </Collapse>
      <Group gap="md" w="100%" data-whole>
        <Switch size="sm" label={t('overdue')} checked={filter.overdue === 'true'} onChange={(e) => set({ overdue: e.currentTarget.checked ? 'true' : null })} />
        {blocks.interactions && <Switch size="sm" label={t('unplanned')} checked={filter.unplanned === 'true'} onChange={(e) => set({ unplanned: e.currentTarget.checked ? 'true' : null })} />}
        <Switch size="sm" label={t('reverse')} checked={filter.reverse === 'true'} onChange={(e) => set({ reverse: e.currentTarget.checked ? 'true' : null })} />
        <Button size="compact-sm" variant="default" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />} aria-expanded={open} onClick={() => setOpen((o) => !o)}>
          {t('moreFilters')}
          {hidden > 0 && ` · ${hidden}`}
        </Button>
        {narrowed && (
          <Button size="compact-sm" variant="subtle" onClick={onClear}>
            {t('clear')}
          </Button>
        )}
        <SavedFilters of="cases" query={query} onUse={onUse} />
      </Group>
    </FilterBar>
  )
}

function Responsible({ value, onChange }: { value: string | undefined; onChange: (id: string | null) => void }) {
  const { t } = useTranslation('cases')
  const { t: common } = useTranslation()
  if (value === 'me') return <Select label={t('responsible')} data={[{ value: 'me', label: common('me') }]} value="me" clearable clearButtonProps={{ 'aria-label': common('clear') }} onChange={onChange} />
  return <UserPicker label={t('responsible')} placeholder={common('any')} value={value ?? null} onChange={onChange} />
}

function Pick({ name, filter, set, label, data }: { name: Name; filter: Shown; set: FilterProps['set']; label: string; data: { value: string; label: string }[] }) {
  const { t } = useTranslation('cases')
  const { t: common } = useTranslation()
  return <Select label={label} placeholder={name === 'sort' ? t('sorts.created') : common('any')} w={170} clearable clearButtonProps={{ 'aria-label': common('clear') }} data={data} value={filter[name] ?? null} onChange={(value) => set({ [name]: value })} />
}

function More({ filter, set }: Pick<FilterProps, 'filter' | 'set'>) {
  const { t } = useTranslation('cases')
  const { maps } = useMaps()
  const channels = useReference('channel')
  const map = maps.find((one) => one.id === filter.map)
  const dates = ['created_from', 'created_to', 'closed_from', 'closed_to'] as const
  return (
    <Group gap="xs" align="flex-end">
      <DepartmentPicker label={t('department')} value={filter.department ?? null} onChange={(department) => set({ department })} />
      <Pick name="map" filter={filter} set={(change) => set({ ...change, version: null, stage: null })} label={t('map')} data={maps.map((one) => ({ value: one.id, label: one.name }))} />
      {map !== undefined && <Pick name="version" filter={filter} set={set} label={t('version')} data={Array.from({ length: map.version }, (_, i) => ({ value: String(map.version - i), label: t('versionNumber', { version: map.version - i }) }))} />}
      {map !== undefined && <Pick name="stage" filter={filter} set={set} label={t('stage')} data={(map.stages ?? []).map((stage) => ({ value: stage.id, label: stage.name }))} />}
      <Pick name="mode" filter={filter} set={set} label={t('mode')} data={(['process', 'manual', 'none'] as const).map((mode) => ({ value: mode, label: t(`modes.${mode}`) }))} />
      <Pick name="channel" filter={filter} set={set} label={t('channel')} data={channels.map((one) => ({ value: one.key, label: one.name }))} />
      <Pick name="negotiations" filter={filter} set={set} label={t('negotiations')} data={(['true', 'false'] as const).map((value) => ({ value, label: t(`negotiating.${value}`) }))} />
      {dates.map((name) => (
        <DayField key={name} label={t(`dates.${name}`)} value={filter[name] ?? null} onChange={(day) => set({ [name]: day })} />
      ))}
    </Group>
  )
}

function useColumns(): ListColumn<Item>[] {
  const { t } = useTranslation('cases')
  const { t: common } = useTranslation()
  const format = useFormat()
  const stageName = useStageName()
  const { interactions } = useBlocks()
  const columns: ListColumn<Item>[] = [
    {
      key: 'case',
      head: t('columns.case'),
      width: 'minmax(0, 2.2fr)',
      cell: (item) => (
        <div>
          <Group gap={6} wrap="nowrap">
            <KindBadge kind={item.kind} />
            <Text size="xs" c="dimmed">
              {item.number}
            </Text>
            {item.overdue && item.status === 'open' && <Badge color="red">{t('overdueBadge')}</Badge>}
          </Group>
          <Anchor component={Link} to={`/cases/${item.number}`} size="sm" c="inherit" fw={550} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
            {item.topic === '' ? t('noTopic') : item.topic}
          </Anchor>
        </div>
      ),
    },
    { key: 'client', head: t('columns.client'), width: 'minmax(0, 1.3fr)', phone: false, cell: (item) => <Text size="sm" truncate>{item.client_name}</Text> },
    {
      key: 'state',
      head: t('columns.state'),
      width: 'minmax(0, 1.2fr)',
      cell: (item) => (
        <div>
          {item.status === 'open' && item.stage !== undefined ? (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {stageName(item.map?.id, item.stage)}
            </Text>
          ) : (
            <StatusBadge status={item.status} />
          )}
          {item.status === 'open' && <Due at={item.due_at} overdue={item.overdue} size="xs" wraps />}
        </div>
      ),
    },
    {
      key: 'next',
      head: t('columns.next'),
      width: 'minmax(0, 1.3fr)',
      phone: false,
      cell: (item) =>
        item.next_interaction !== undefined && (
          <Text size="sm" truncate>
            {common(`interactionKinds.${item.next_interaction.kind}`)}, {format.moment(item.next_interaction.at)}
          </Text>
        ),
    },
    { key: 'amount', head: t('columns.amount'), width: '120px', phone: false, align: 'right', cell: (item) => item.sale?.potential !== undefined && format.money(item.sale.potential, item.sale.currency) },
    { key: 'responsible', head: t('columns.responsible'), width: 'minmax(0, 1fr)', phone: false, cell: (item) => <Text size="sm" truncate>{item.responsible_name}</Text> },
    { key: 'activity', head: t('columns.activity'), width: '110px', phone: false, cell: (item) => <Text size="xs" c="dimmed">{format.ago(item.last_activity_at)}</Text> },
  ]
  return columns.filter((column) => column.key !== 'next' || interactions)
}
