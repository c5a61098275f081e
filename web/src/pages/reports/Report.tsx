import { Skeleton, Stack, Text, Title } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Suspense, useId, useMemo } from 'react'

import { keys } from '@/api/keys'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'

import type { Asked } from './asked'
import { Behind } from './Behind'
import { Figures } from './Figures'
import { behindOf, type ChartSpec, type Behind as Opened, type Sheet } from './model'
import classes from './reports.module.css'
import { useSay } from './useSay'

const Chart = lazy(() => import('./Chart'))

interface Props<D, R> {
  asked: Asked
  read: () => Promise<D>
  /** How the answer is shown. */
  sheetOf: (data: D) => Sheet<R>
  /** What of it would be nothing to look at. */
  emptyOf?: (sheet: Sheet<R>) => boolean
}

/** Report reads a report, and shows it as charts with their table; the figures open what they count. */
export function Report<D, R>({ asked, read, sheetOf, emptyOf = (sheet) => sheet.rows.length === 0 }: Props<D, R>) {
  const { t } = useSay()
  const query = useQuery({ queryKey: [...keys.reports, asked.report, asked.filter], queryFn: read, placeholderData: keepPreviousData })
  const sheet = useMemo(() => (query.data === undefined ? undefined : sheetOf(query.data)), [query.data, sheetOf])
  const behind = useMemo(() => (asked.open === undefined || sheet === undefined ? undefined : behindOf(sheet, asked.open)), [asked.open, sheet])
  if (query.isError && query.data === undefined) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  if (sheet === undefined) return <Loading />
  const open = (found: Opened) => asked.show(found.key)
  if (emptyOf(sheet)) {
    return (
      <div className="panel">
        <Empty title={t('empty')} text={t(`emptyText.${asked.report}`)} />
      </div>
    )
  }
  return (
    <Stack gap="md" aria-busy={query.isPlaceholderData} style={query.isPlaceholderData ? { opacity: 0.6 } : undefined}>
      <div className={classes.charts}>
        {sheet.charts.filter((chart) => chart.series.some((series) => series.values.some((value) => value > 0))).map((chart) => (
          <ChartPanel key={chart.title} spec={chart} onOpen={open} />
        ))}
      </div>
      <Figures key={asked.report} label={t(`names.${asked.report}`)} sheet={sheet} onOpen={open} />
      <Behind behind={behind} narrowed={asked.filter} onClose={asked.hide} />
    </Stack>
  )
}

function ChartPanel({ spec, onOpen }: { spec: ChartSpec; onOpen: (behind: Opened) => void }) {
  const { t } = useSay()
  const id = useId()
  return (
    <section className="panel" style={{ padding: '12px 14px', minWidth: 0 }} aria-labelledby={id}>
      <Title order={2} size="h6" id={id} mb="xs">
        {spec.title}
      </Title>
      <Suspense fallback={<Skeleton height={220} />}>
        <Chart spec={spec} about={t('chart', { title: spec.title, series: spec.series.map((one) => one.name).join(', ') })} onOpen={onOpen} />
      </Suspense>
      {spec.series.some((series) => series.behind !== undefined) && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('click')}
        </Text>
      )}
    </section>
  )
}

/** Loading stands for a report that is being counted. */
export function Loading() {
  const { common } = useSay()
  return (
    <Stack gap="md" role="status" aria-label={common('loading')}>
      <Skeleton height={260} radius="md" />
      <Skeleton height={220} radius="md" />
    </Stack>
  )
}
