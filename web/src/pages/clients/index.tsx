import { Badge, Button, Chip, Group, Select, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { useRegions, useSources, type Entry } from '@/api/directories'
import { keys } from '@/api/keys'
import { useMaps } from '@/api/maps'
import { useUserName } from '@/api/people'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { AttributeFilter } from '@/ui/AttributeFilter'
import { NewClient } from '@/ui/clients/NewClient'
import { Empty } from '@/ui/Empty'
import { ExportMenu } from '@/ui/ExportMenu'
import { ImportLink } from '@/ui/ImportLink'
import { FilterBar } from '@/ui/FilterBar'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { UserPicker } from '@/ui/pickers'
import { SavedFilters } from '@/ui/SavedFilters'
import { SearchField } from '@/ui/SearchField'
import { useFilters, type Filter, type FilterChange } from '@/ui/useFilters'
import { useList } from '@/ui/useList'

type Client = Schema<'Client'>

/** What narrows the list; it is kept in the address. */
const names = ['q', 'kind', 'status', 'region', 'source', 'owner', 'map', 'stage', 'attributes'] as const
type Name = (typeof names)[number]

/** Clients is everybody one sees, by anything that is remembered of him, and by the stages of a route map (R16). */
export default function Clients() {
  const { t } = useTranslation(['clients', 'common'])
  const navigate = useNavigate()
  const works = useRight('work')
  const [making, setMaking] = useState(false)
  const { filter, set, clear, use, query, narrowed } = useFilters(names)
  const list = useList([...keys.clients, 'list', filter], (after) => answer(api.GET('/api/v1/clients', { params: { query: { ...(filter as object), ...(after === undefined ? {} : { after }) } } })))
  const columns = useColumns()
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <ExportMenu path="/api/v1/clients/export" filter={filter} />
          <ImportLink of="client" />
          {works && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
              {t('common:newClient')}
            </Button>
          )}
        </>
      }
    >
      <Filters filter={filter} set={set} narrowed={narrowed} onClear={clear} onUse={use} query={query} />
      {filter.map !== undefined && <Stages map={filter.map} stage={filter.stage} onStage={(stage) => set({ stage })} />}
      <ListTable
        label={t('title')}
        query={list}
        columns={columns}
        idOf={(client) => client.id}
        nameOf={(client) => client.name}
        to={(client) => `/clients/${client.id}`}
        empty={narrowed ? <Nothing /> : <Empty title={t('empty')} text={t('emptyText')} />}
      />
      <NewClient opened={making} onClose={() => setMaking(false)} onDone={(id) => void navigate(`/clients/${id}`)} />
    </Page>
  )
}

function useColumns(): ListColumn<Client>[] {
  const { t } = useTranslation(['clients', 'client'])
  const format = useFormat()
  const userName = useUserName()
  const regions = new Map(useRegions().map((region) => [region.key, region.name]))
  const sources = new Map(useSources().map((source) => [source.key, source.name]))
  return [
    {
      key: 'name',
      head: t('columns.name'),
      width: 'minmax(0, 2fr)',
      cell: (client) => (
        <>
          <Text component={Link} to={`/clients/${client.id}`} size="sm" fw={550} truncate display="block" c="inherit">
            {client.name}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`client:kinds.${client.kind}`)}
          </Text>
        </>
      ),
    },
    { key: 'status', head: t('columns.status'), width: '140px', cell: (client) => <Badge color={client.status === 'active' ? 'green' : 'gray'}>{t(`client:statuses.${client.status}`)}</Badge> },
    { key: 'reach', head: t('columns.reach'), phone: false, cell: (client) => <Text size="sm" truncate>{client.details?.[0]?.value}</Text> },
    { key: 'region', head: t('columns.region'), phone: false, cell: (client) => <Text size="sm" truncate>{regions.get(client.region ?? '') ?? client.region}</Text> },
    { key: 'source', head: t('columns.source'), phone: false, cell: (client) => <Text size="sm" truncate>{sources.get(client.source ?? '') ?? client.source}</Text> },
    { key: 'owner', head: t('columns.owner'), phone: false, cell: (client) => <Text size="sm" truncate>{userName(client.owner_id)}</Text> },
    { key: 'created', head: t('columns.created'), width: '110px', phone: false, cell: (client) => <Text size="sm">{format.date(client.created_at)}</Text> },
  ]
}

interface FiltersProps {
  filter: Filter<Name>
  set: (change: FilterChange<Name>) => void
  narrowed: boolean
  onClear: () => void
  onUse: (query: string) => void
  query: string
}

function Filters({ filter, set, narrowed, onClear, onUse, query }: FiltersProps) {
  const { t } = useTranslation(['clients', 'client', 'common'])
  const { maps } = useMaps()
  const choices = (entries: Entry[], chosen: string | undefined) => entries.filter((entry) => !entry.archived || entry.key === chosen).map((entry) => ({ value: entry.key, label: entry.name }))
  const regions = choices(useRegions(), filter.region)
  const sources = choices(useSources(), filter.source)
  const clear = { placeholder: t('common:any'), clearable: true, clearButtonProps: { 'aria-label': t('common:clear') } }
  return (
    <FilterBar first={<SearchField w={280} placeholder={t('searchFor')} value={filter.q ?? ''} onChange={(q) => set({ q })} />} set={Object.keys(filter).filter((name) => name !== 'q').length}>
      <Select w={150} label={t('client:kind')} {...clear} data={(['company', 'individual'] as const).map((kind) => ({ value: kind, label: t(`client:kinds.${kind}`) }))} value={filter.kind ?? null} onChange={(kind) => set({ kind })} />
      <Select w={150} label={t('columns.status')} {...clear} data={(['potential', 'active'] as const).map((status) => ({ value: status, label: t(`client:statuses.${status}`) }))} value={filter.status ?? null} onChange={(status) => set({ status })} />
      <Select w={180} label={t('client:region')} searchable {...clear} data={regions} value={filter.region ?? null} onChange={(region) => set({ region })} />
      <Select w={180} label={t('client:source')} searchable {...clear} data={sources} value={filter.source ?? null} onChange={(source) => set({ source })} />
      <div style={{ width: 200 }}>
        <UserPicker label={t('client:owner')} placeholder={t('common:any')} value={filter.owner ?? null} onChange={(owner) => set({ owner })} />
      </div>
      <Select w={200} label={t('byStages')} {...clear} data={maps.filter((map) => map.state !== 'draft').map((map) => ({ value: map.id, label: map.name }))} value={filter.map ?? null} onChange={(map) => set({ map, stage: null })} />
      <AttributeFilter subject="client" value={filter.attributes} onChange={(attributes) => set({ attributes })} />
      {narrowed && (
        <Button variant="subtle" onClick={onClear}>
          {t('clear')}
        </Button>
      )}
      <SavedFilters of="clients" query={query} onUse={onUse} />
    </FilterBar>
  )
}

/** Stages is how many clients stand at each stage of a map (R16); a click lists them. */
function Stages({ map, stage, onStage }: { map: string; stage: string | undefined; onStage: (stage: string | null) => void }) {
  const { t } = useTranslation('clients')
  const stages = useQuery({ queryKey: [...keys.clients, 'stages', map], queryFn: () => answer(api.GET('/api/v1/clients/stages', { params: { query: { map } } })) })
  return (
    <Chip.Group multiple={false} value={stage ?? ''} onChange={(chosen) => onStage(chosen === stage ? null : chosen)}>
      <Group gap={6} mb="md" role="radiogroup" aria-label={t('stages', { map: stages.data?.name ?? map })}>
        {(stages.data?.stages ?? []).map((at) => (
          <Chip key={at.stage} value={at.stage} size="sm" onClick={() => at.stage === stage && onStage(null)}>
            {at.name} · {at.found.more ? `${at.found.count}+` : at.found.count}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  )
}
