import { Select } from '@mantine/core'
import { useCallback, useState } from 'react'

import { answer, api, type Schema } from '@/api/client'
import { useMaps } from '@/api/maps'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'

import type { Asked, Filter } from './asked'
import { defaultMap } from './maps'
import { sumBy, type Behind, type ChartSpec, type Column, type Sheet } from './model'
import { commonOf, notKnown, oneOf } from './query'
import { Loading, Report } from './Report'
import { useSay, type Say } from './useSay'

type Stage = Schema<'FunnelStage'>
type Body = Schema<'FunnelBody'>

/** A stage of the funnel, or of one of the funnels that it is divided into. */
interface Row extends Stage {
  group: { key: string; name: string } | undefined
}

const figures = ['entered', 'passed', 'here', 'left', 'returned', 'lost', 'cancelled'] as const
type Figure = (typeof figures)[number]
const divisions = ['day', 'week', 'month', 'responsible', 'department', 'source', 'channel', 'version'] as const

interface OfMap {
  asked: Asked
  map: string
}

/** Funnel is what became of the cases that came to a map's stages (R14, R35). */
export function Funnel({ asked }: { asked: Asked }) {
  return <WithMap asked={asked}>{(map) => <FunnelOf asked={asked} map={map} />}</WithMap>
}

/** Outcomes is how often each outcome was taken (R20). */
export function Outcomes({ asked }: { asked: Asked }) {
  return <WithMap asked={asked}>{(map) => <OutcomesOf asked={asked} map={map} />}</WithMap>
}

function WithMap({ asked, children }: { asked: Asked; children: (map: string) => React.ReactNode }) {
  const { maps, isPending, error } = useMaps()
  const { t } = useSay()
  const map = asked.filter.map ?? defaultMap(maps)
  if (map !== undefined) return children(map)
  if (error !== null) return <Failure error={error} />
  return isPending ? <Loading /> : <Empty title={t('noMaps')} />
}

const queryOf = (filter: Filter, map: string) => ({ ...commonOf(filter), map, version: filter.version === undefined ? undefined : Number(filter.version) })

function FunnelOf({ asked, map }: OfMap) {
  const say = useSay()
  const { t } = say
  const { filter } = asked
  const by = oneOf(filter.by, divisions)
  const [at, setAt] = useState<string>()
  const query = { ...queryOf(filter, map), by }
  const sheetOf = useCallback((body: Body) => funnelSheet(say, body, { ...queryOf(filter, map), by: oneOf(filter.by, divisions) }, at), [say, filter, map, at])
  const { maps } = useMaps()
  const stages = maps.find((one) => one.id === map)?.stages ?? []
  return (
    <>
      {by !== undefined && (
        <Select label={t('stageShown')} w={280} clearable={false} allowDeselect={false} value={at ?? stages[0]?.id ?? null} onChange={(stage) => setAt(stage ?? undefined)} data={stages.filter((stage) => !['choice', 'action'].includes(stage.kind)).map((stage) => ({ value: stage.id, label: stage.name }))} />
      )}
      <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/funnel', { params: { query } }))} sheetOf={sheetOf} emptyOf={(sheet) => sheet.rows.every((row) => row.entered === 0)} />
    </>
  )
}

type FunnelQuery = ReturnType<typeof queryOf> & { by: (typeof divisions)[number] | undefined }

function funnelSheet(say: Say, body: Body, query: FunnelQuery, at: string | undefined): Sheet<Row> {
  const { t } = say
  const groups = body.groups ?? []
  const rows: Row[] = body.by === undefined ? (body.stages ?? []).map((stage) => ({ ...stage, group: undefined })) : groups.flatMap((group) => (group.stages ?? []).map((stage) => ({ ...stage, group: { key: group.key, name: groupName(say, body.by ?? '', group) } })))
  const divided = body.by !== undefined
  const nameOf = (row: Row) => (row.group === undefined ? row.name : `${row.group.name}: ${row.name}`)
  const behind = (row: Row, figure: Figure): Behind => ({
    list: 'cases',
    key: [row.id, figure, ...(row.group === undefined ? [] : [row.group.key || notKnown])].join('~'),
    title: `${nameOf(row)}: ${t(`figures.${figure}`)}`,
    read: (page) => answer(api.GET('/api/v1/reports/funnel/cases', { params: { query: { ...query, stage: row.id, figure, ...(row.group === undefined ? {} : { group: row.group.key || notKnown }), ...page } } })),
  })
  const columns: Column<Row>[] = [
    ...(divided ? [{ key: 'group', head: t(`divisions.${body.by as 'day'}`), text: (row: Row) => row.group?.name ?? '' }] : []),
    { key: 'stage', head: t('columns.stage'), text: (row) => row.name },
    ...figures.map((figure): Column<Row> => ({ key: figure, head: t(`figures.${figure}`), figure: (row) => row[figure], behind: (row) => behind(row, figure) })),
    { key: 'conversion', head: t('columns.conversion'), figure: (row) => row.conversion, unit: 'share' },
    { key: 'median', head: t('columns.median'), figure: (row) => (row.median_seconds === 0 ? undefined : row.median_seconds), unit: 'duration' },
    { key: 'p90', head: t('columns.p90'), figure: (row) => (row.p90_seconds === 0 ? undefined : row.p90_seconds), unit: 'duration' },
  ]
  const drawn = divided ? rows.filter((row) => row.id === (at ?? rows[0]?.id)) : rows
  const stageName = drawn[0]?.name ?? ''
  return {
    rows: divided ? rows.filter((row) => row.entered > 0) : rows,
    idOf: (row) => `${row.group?.key ?? ''}/${row.id}`,
    nameOf,
    columns,
    charts: [funnelChart(say, divided ? t('charts.funnelAt', { stage: stageName }) : t('charts.funnel'), drawn, divided, behind), timeChart(say, divided ? t('charts.timeAt', { stage: stageName }) : t('charts.time'), drawn, divided)],
  }
}

function funnelChart({ t, write }: Say, title: string, rows: Row[], divided: boolean, behind: (row: Row, figure: Figure) => Behind): ChartSpec {
  const parts = [['passed', 'good'], ['here', 'now'], ['returned', 'late'], ['lost', 'bad'], ['cancelled', 'quiet']] as const
  const series = parts.map(([figure, tone]) => ({
    name: t(`figures.${figure}`), tone, values: rows.map((row) => row[figure]),
    behind: (i: number) => {
      const row = rows[i]
      return row === undefined ? undefined : behind(row, figure)
    },
  }))
  return { title, kind: 'bars', stacked: true, categories: rows.map((row) => (divided ? (row.group?.name ?? '') : row.name)), series, write: (value) => write(value) }
}

function timeChart({ t, write }: Say, title: string, rows: Row[], divided: boolean): ChartSpec {
  return {
    title, kind: 'bars', stacked: false, categories: rows.map((row) => (divided ? (row.group?.name ?? '') : row.name)),
    series: [
      { name: t('columns.median'), tone: 'main', values: rows.map((row) => row.median_seconds) },
      { name: t('columns.p90'), tone: 'second', values: rows.map((row) => row.p90_seconds) },
    ],
    write: (value) => write(value, 'duration'),
  }
}

function groupName({ t, format }: Say, by: string, group: { key: string; name: string }): string {
  if (group.key === '') return t(by === 'responsible' ? 'nobody' : 'notKnown')
  if (by === 'month') return format.month(group.key)
  if (by === 'day') return format.calendarDate(group.key)
  if (by === 'week') return t('weekOf', { day: format.calendarDate(group.key) })
  if (by === 'version') return t('version', { version: group.key })
  return group.name
}

type OutcomeRow = Schema<'OutcomeCount'>

function OutcomesOf({ asked, map }: OfMap) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'OutcomeCountReportBody'>) => outcomesSheet(say, body.items ?? [], queryOf(filter, map)), [say, filter, map])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/outcomes', { params: { query: queryOf(filter, map) } }))} sheetOf={sheetOf} />
}

function outcomesSheet({ t, write }: Say, rows: OutcomeRow[], query: ReturnType<typeof queryOf>): Sheet<OutcomeRow> {
  const behind = (title: string, stage: string, leads: OutcomeRow['kind'], outcome?: string): Behind => ({
    list: 'cases',
    key: [stage, leads, ...(outcome === undefined ? [] : [outcome])].join('~'),
    title,
    read: (page) => answer(api.GET('/api/v1/reports/outcomes/cases', { params: { query: { ...query, stage, outcome, leads, ...page } } })),
  })
  const kinds = [['on', 'main'], ['cyclic', 'now'], ['positive', 'good'], ['negative', 'bad']] as const
  // A stage has one row for each of its outcomes.
  const stages = sumBy(rows, (row) => row.stage, Object.fromEntries(kinds.map(([kind]) => [kind, (row: OutcomeRow) => (row.kind === kind ? row.times : 0)])) as Record<OutcomeRow['kind'], (row: OutcomeRow) => number>)
  const nameOf = (stage: (typeof stages)[number] | undefined) => stage?.rows[0]?.stage_name ?? ''
  return {
    rows,
    idOf: (row) => `${row.stage}/${row.outcome}/${row.kind}`,
    nameOf: (row) => `${row.stage_name}: ${row.name}`,
    columns: [
      { key: 'stage', head: t('columns.stage'), text: (row) => row.stage_name },
      { key: 'outcome', head: t('columns.outcome'), text: (row) => row.name },
      { key: 'leads', head: t('columns.leads'), text: (row) => t(`leads.${row.kind}`) },
      { key: 'times', head: t('columns.times'), figure: (row) => row.times, summed: true },
      { key: 'cases', head: t('columns.cases'), figure: (row) => row.cases, behind: (row) => behind(`${row.stage_name}: ${row.name}`, row.stage, row.kind, row.outcome) },
      { key: 'share', head: t('columns.share'), figure: (row) => row.share, unit: 'share' },
    ],
    charts: [
      {
        title: t('charts.outcomes'), kind: 'bars', stacked: true, categories: stages.map(nameOf),
        series: kinds.map(([kind, tone]) => ({
          name: t(`leads.${kind}`), tone, values: stages.map((stage) => stage.sums[kind]),
          behind: (i) => {
            const stage = stages[i]
            return stage === undefined ? undefined : behind(`${nameOf(stage)}: ${t(`leads.${kind}`)}`, stage.name, kind)
          },
        })),
        write: (value) => write(value),
      },
    ],
  }
}
