import { Button, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { useSources } from '@/api/directories'
import { useMaps } from '@/api/maps'
import { useReference } from '@/api/people'
import { useKinds } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { DayField } from '@/ui/dates'
import { FilterBar } from '@/ui/FilterBar'
import { ClientPicker, DepartmentPicker, UserPicker } from '@/ui/pickers'

import { takes, useReach, type Asked, type FilterName } from './asked'
import { defaultMap } from './maps'
import type { ReportName } from './model'
import { periodOf, presetOf, presets, type Preset } from './periods'
import { notKnown } from './query'

/** What a report can be divided by. */
const divisions: Partial<Record<ReportName, readonly string[]>> = {
  funnel: ['day', 'week', 'month', 'responsible', 'department', 'source', 'channel', 'version'],
  potential: ['stage', 'responsible', 'department', 'source', 'channel'],
}
/** What a report is divided by when nothing is asked for. */
const undivided: Partial<Record<ReportName, string>> = { potential: 'stage' }

const kindsOf: Partial<Record<ReportName, ReturnType<typeof useKinds>>> = {
  potential: ['interest', 'deal'], losses: ['interest', 'deal'], demand: ['interest', 'deal'], channels: ['appeal', 'interest', 'deal'],
}

/** Narrow asks for the period of a report and for whatever else it is narrowed by. */
export function Narrow({ asked }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const reach = useReach()
  const { report, filter, set } = asked
  const has = (name: FilterName) => takes[report].includes(name)
  const many = takes[report].filter((name) => filter[name] !== undefined).length
  return (
    <FilterBar set={many}>
      {has('from') && <PeriodFields asked={asked} />}
      {has('map') && <MapFields asked={asked} />}
      {has('by') && <Choice asked={asked} name="by" without={undivided[report]} data={(divisions[report] ?? []).map((value) => ({ value, label: t(`divisions.${value as 'day'}`) }))} />}
      {has('step') && <Choice asked={asked} name="step" data={(['day', 'week', 'month'] as const).map((value) => ({ value, label: t(`divisions.${value}`) }))} />}
      {has('client') && (
        <div style={{ width: 200 }}>
          <ClientPicker label={t('filters.client')} value={filter.client ?? null} onChange={(client) => set({ client })} />
        </div>
      )}
      {reach !== 'own' && (
        <>
          <div style={{ width: 200 }}>
            <UserPicker label={t('filters.responsible')} placeholder={t('anyone')} value={filter.responsible ?? null} onChange={(responsible) => set({ responsible })} />
          </div>
          <div style={{ width: 200 }}>
            <DepartmentPicker label={t('filters.department')} placeholder={t('any')} value={filter.department ?? null} onChange={(department) => set({ department })} />
          </div>
        </>
      )}
      {has('kind') && <KindField asked={asked} />}
      <SourceFields asked={asked} />
      {many > 0 && (
        <Button variant="subtle" color="gray" onClick={asked.clear}>
          {t('clear')}
        </Button>
      )}
    </FilterBar>
  )
}

const own = 'own'

function PeriodFields({ asked: { filter, set } }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const today = useFormat().dayKey(new Date())
  const month = periodOf('thisMonth', today)
  const period = { from: filter.from ?? month.from, to: filter.to ?? today }
  const choose = (preset: string | null) => {
    if (preset === null || preset === own) return
    if (preset === 'thisMonth') return set({ from: null, to: null })
    const { from, to } = periodOf(preset as Preset, today)
    set({ from, to })
  }
  const preset = presetOf(period, today) ?? own
  return (
    <>
      <Select
        label={t('period')}
        w={170}
        allowDeselect={false}
        value={preset}
        onChange={choose}
        data={[...presets.map((value) => ({ value, label: t(`presets.${value}`) })), ...(preset === own ? [{ value: own, label: t('presets.own') }] : [])]}
      />
      <div style={{ width: 140 }}>
        <DayField label={t('filters.from')} value={period.from} onChange={(from) => set({ from })} />
      </div>
      <div style={{ width: 140 }}>
        <DayField label={t('filters.to')} value={period.to} onChange={(to) => set({ to })} />
      </div>
    </>
  )
}

function MapFields({ asked: { filter, set } }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const { maps } = useMaps()
  const chosen = filter.map ?? defaultMap(maps)
  const latest = maps.find((map) => map.id === chosen)?.version ?? 0
  return (
    <>
      <Select
        label={t('filters.map')}
        w={220}
        allowDeselect={false}
        searchable
        value={chosen ?? null}
        onChange={(map) => set({ map, version: null })}
        data={maps.filter((map) => map.version > 0 || map.id === chosen).map((map) => ({ value: map.id, label: map.name }))}
      />
      {latest > 1 && (
        <Select
          label={t('filters.version')}
          w={130}
          placeholder={t('allVersions')}
          clearable
          clearButtonProps={{ 'aria-label': t('clear') }}
          value={filter.version ?? null}
          onChange={(version) => set({ version })}
          data={Array.from({ length: latest }, (_, i) => ({ value: String(latest - i), label: t('version', { version: latest - i }) }))}
        />
      )}
    </>
  )
}

interface ChoiceProps {
  asked: Asked
  name: FilterName
  data: { value: string; label: string }[]
  without?: string | undefined
}

function Choice({ asked, name, data, without }: ChoiceProps) {
  const { t } = useTranslation('reports')
  return (
    <Select
      label={t(`filters.${name}`)}
      w={170}
      placeholder={t(name === 'by' || name === 'step' ? 'undivided' : 'any')}
      clearable={without === undefined}
      allowDeselect={without === undefined}
      clearButtonProps={{ 'aria-label': t('clear') }}
      data={data}
      value={asked.filter[name] ?? without ?? null}
      onChange={(value) => asked.set({ [name]: value === without ? null : value })}
    />
  )
}

function KindField({ asked }: { asked: Asked }) {
  const { t: common } = useTranslation()
  const kept = useKinds()
  const kinds = kindsOf[asked.report]?.filter((kind) => kept.includes(kind)) ?? kept
  return <Choice asked={asked} name="kind" data={kinds.map((kind) => ({ value: kind, label: common(`kinds.${kind}`) }))} />
}

function SourceFields({ asked }: { asked: Asked }) {
  const { t } = useTranslation('reports')
  const sources = useSources()
  const channels = useReference('channel')
  const unknown = { value: notKnown, label: t('notKnown') }
  // A case may have a source that no list names.
  const withChosen = (options: { value: string; label: string }[], chosen: string | undefined) => [...options, unknown, ...(chosen === undefined || chosen === notKnown || options.some((one) => one.value === chosen) ? [] : [{ value: chosen, label: chosen }])]
  return (
    <>
      <Choice asked={asked} name="source" data={withChosen(sources.map((one) => ({ value: one.key, label: one.name })), asked.filter.source)} />
      <Choice asked={asked} name="channel" data={withChosen(channels.map((one) => ({ value: one.key, label: one.name })), asked.filter.channel)} />
    </>
  )
}
