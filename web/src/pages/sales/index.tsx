import { Checkbox, Group, SegmentedControl, Select } from '@mantine/core'
import { IconLayoutKanban, IconList } from '@tabler/icons-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useMaps, type RouteMap } from '@/api/maps'
import { useMe, useBlocks } from '@/app/session'
import { Waiting } from '@/app/Waiting'
import { useFollowMany } from '@/app/Workplace'
import { inBrowser, store, stored } from '@/ui/edit/kept'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { FilterBar } from '@/ui/FilterBar'
import { Page } from '@/ui/Page'
import { UserPicker } from '@/ui/pickers'
import { SearchField } from '@/ui/SearchField'
import { lazy } from '@/ui/lazy'

import { SalesList } from './SalesList'

const Board = lazy(() => import('./Board'))

/** What narrows a board and the list: whose, words, and what is amiss. */
export interface SalesFilter {
  responsible?: string
  q?: string
  overdue?: boolean
  unplanned?: boolean
}

/** Sales is “My sales” (R13): open interests and deals by stages, and as a list. */
export default function Sales() {
  useFollowMany()
  const { t } = useTranslation(['sales', 'common'])
  const me = useMe()
  const blocks = useBlocks()
  const { maps, isPending, error } = useMaps()
  const [params, setParams] = useSearchParams()
  const view = params.get('view') === 'list' ? 'list' : 'board'
  const offered = maps.filter((map) => map.state !== 'draft' && (map.process === 'interest' || (map.process === 'deal' && blocks.deals)))
  // What one has looked at last; at first what the process leads, the shipped map before those that may be parts of others.
  const lastPlace = `marshrut.sales.map.${me?.id ?? ''}`
  const led = offered.filter((m) => m.control === 'process' && m.state === 'active')
  const chosen = params.get('map') ?? stored(inBrowser, lastPlace)
  const map = offered.find((m) => m.id === chosen) ?? led.find((m) => m.origin !== 'own') ?? led[0] ?? offered[0]
  const set = (name: string, value: string | undefined) =>
    setParams(
      () => {
        const next = new URLSearchParams(window.location.search)
        if (value === undefined || value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const whose = params.get('responsible') ?? 'me'
  const filter: SalesFilter = {
    ...(whose === 'all' ? {} : { responsible: whose }),
    ...(params.get('q') === null ? {} : { q: params.get('q') ?? '' }),
    ...(params.get('overdue') === null ? {} : { overdue: true }),
    ...(params.get('unplanned') === null ? {} : { unplanned: true }),
  }
  return (
    <Page
      title={t('title')}
      actions={
        <SegmentedControl
          aria-label={t('view')}
          value={view}
          onChange={(value) => set('view', value === 'board' ? undefined : value)}
          data={[
            { value: 'board', label: <ViewLabel icon={<IconLayoutKanban size={16} aria-hidden />} text={t('board')} /> },
            { value: 'list', label: <ViewLabel icon={<IconList size={16} aria-hidden />} text={t('list')} /> },
          ]}
        />
      }
    >
      <FilterBar
        first={view === 'board' && <MapSelect maps={offered} value={map?.id ?? null} onChange={(id) => {
          store(inBrowser, lastPlace, id)
          set('map', id)
        }} />}
        set={['responsible', 'q', 'overdue', 'unplanned'].filter((name) => params.get(name) !== null).length}
      >
        <div style={{ width: 230 }}>
          <UserPicker label={t('whose')} placeholder={t('everybody')} value={whose === 'all' ? null : whose === 'me' ? (me?.id ?? null) : whose} onChange={(id) => set('responsible', id === null ? 'all' : id === me?.id ? undefined : id)} />
        </div>
        <SearchField w={220} value={params.get('q') ?? ''} onChange={(q) => set('q', q)} />
        <Group gap="md" pb={8} data-whole>
          <Checkbox label={t('overdue')} checked={filter.overdue ?? false} onChange={(event) => set('overdue', event.currentTarget.checked ? '1' : undefined)} />
          {blocks.interactions && <Checkbox label={t('unplanned')} checked={filter.unplanned ?? false} onChange={(event) => set('unplanned', event.currentTarget.checked ? '1' : undefined)} />}
        </Group>
      </FilterBar>
      {view === 'list' ? (
        <SalesList filter={filter} />
      ) : map !== undefined ? (
        <Suspense fallback={<Waiting />}>
          <Board map={map} filter={filter} />
        </Suspense>
      ) : isPending ? (
        <Waiting />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Empty title={t('noMaps')} text={t('noMapsText')} />
      )}
    </Page>
  )
}

function ViewLabel({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      {icon}
      {text}
    </Group>
  )
}

function MapSelect({ maps, value, onChange }: { maps: RouteMap[]; value: string | null; onChange: (id: string) => void }) {
  const { t } = useTranslation(['sales', 'common'])
  const of = (process: RouteMap['process']) => maps.filter((map) => map.process === process).map((map) => ({ value: map.id, label: map.name }))
  const data = [
    { group: t('interests'), items: of('interest') },
    { group: t('deals'), items: of('deal') },
  ].filter((group) => group.items.length > 0)
  return <Select label={t('map')} data={data} value={value} onChange={(id) => id !== null && onChange(id)} allowDeselect={false} w={240} />
}
