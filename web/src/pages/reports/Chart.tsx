import { useComputedColorScheme } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { BarChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use as withParts, type EChartsCoreOption, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useMemo, useRef } from 'react'

import type { Behind, ChartSpec, Tone } from './model'

withParts([BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer])

type Scheme = 'light' | 'dark'

/** Colours that stand apart from each other and from both grounds. */
const colours: Record<Scheme, Record<Tone, string>> = {
  light: { main: '#137a7e', second: '#7a5cc4', good: '#2f9e44', bad: '#d6455d', late: '#e8870e', now: '#3b82c4', quiet: '#9aa3ad' },
  dark: { main: '#3a9da1', second: '#a78bfa', good: '#51b263', bad: '#ef6f83', late: '#f2a33c', now: '#5fa3e0', quiet: '#79828e' },
}
const grounds: Record<Scheme, { text: string; line: string; surface: string }> = {
  light: { text: '#3d434a', line: '#e3e6ea', surface: '#ffffff' },
  dark: { text: '#c9ced6', line: '#32363e', surface: '#262a31' },
}

interface Props {
  spec: ChartSpec
  /** What is told of the chart to whoever does not see it. */
  about: string
  onOpen: (behind: Behind) => void
}

/** Chart draws a report's figures; a bar opens what is behind it. The table beneath says the same to keyboards and screen readers. */
export default function Chart({ spec, about, onOpen }: Props) {
  const scheme = useComputedColorScheme('light')
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(undefined)
  const open = useRef<(series: number, index: number) => void>(undefined)
  const option = useMemo(() => optionOf(spec, scheme, narrow, about), [spec, scheme, narrow, about])
  useEffect(() => {
    open.current = (series, index) => {
      const behind = spec.series[series]?.behind?.(index)
      if (behind !== undefined) onOpen(behind)
    }
  })
  useEffect(() => {
    if (place.current === null) return
    const drawn = init(place.current)
    chart.current = drawn
    drawn.on('click', (event) => open.current?.(event.seriesIndex ?? 0, event.dataIndex))
    const observer = new ResizeObserver(() => drawn.resize())
    observer.observe(place.current)
    return () => {
      observer.disconnect()
      drawn.dispose()
    }
  }, [])
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option])
  return <div ref={place} role="img" aria-label={about} style={{ height: heightOf(spec) }} data-chart={spec.title} />
}

const heightOf = (spec: ChartSpec) => (spec.kind === 'columns' ? 300 : 70 + spec.categories.length * (spec.stacked || spec.series.length === 1 ? 34 : 18 + spec.series.length * 16))

function optionOf(spec: ChartSpec, scheme: Scheme, narrow: boolean, about: string): EChartsCoreOption {
  const { text, line, surface } = grounds[scheme]
  const names = {
    type: 'category', data: spec.categories, inverse: spec.kind === 'bars', axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
    axisLabel: { color: text, ...(spec.kind === 'bars' ? { width: narrow ? 100 : 220, overflow: 'truncate' } : { hideOverlap: true }) },
  }
  const figures = { type: 'value', minInterval: 1, splitNumber: narrow ? 2 : 5, axisLabel: { color: text, hideOverlap: true, formatter: spec.write }, splitLine: { lineStyle: { color: line } } }
  const several = spec.series.length > 1
  return {
    animationDuration: 250,
    textStyle: { fontFamily: '"Inter Variable", system-ui, sans-serif' },
    color: spec.series.map((one) => colours[scheme][one.tone]),
    aria: { enabled: true, label: { description: about }, decal: { show: several } },
    grid: { left: 8, right: 24, top: several ? 40 : 8, bottom: 8, containLabel: true },
    legend: several ? { type: 'scroll', top: 0, left: 0, icon: 'roundRect', textStyle: { color: text }, inactiveColor: line, pageTextStyle: { color: text }, pageIconColor: text } : { show: false },
    tooltip: {
      trigger: 'axis', renderMode: 'richText', axisPointer: { type: 'shadow' }, confine: true, backgroundColor: surface, borderColor: line, textStyle: { color: text },
      valueFormatter: (value: unknown) => spec.write(Number(value)),
    },
    xAxis: spec.kind === 'bars' ? figures : names,
    yAxis: spec.kind === 'bars' ? names : figures,
    series: spec.series.map((one) => ({
      type: 'bar', name: one.name, data: one.values, cursor: one.behind === undefined ? 'default' : 'pointer', barMaxWidth: 26, emphasis: { focus: several ? 'series' : 'none' },
      itemStyle: { borderRadius: spec.stacked ? 0 : 3 },
      ...(spec.stacked ? { stack: 'all' } : {}),
    })),
  }
}
