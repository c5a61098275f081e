import type { Schema } from '@/api/client'

/** The reports, in the order in which they are offered. */
export const reports = ['funnel', 'outcomes', 'potential', 'control', 'losses', 'claims', 'channels', 'communication', 'demand', 'standards'] as const
export type ReportName = (typeof reports)[number]

/** A page of what is behind a figure. */
export interface Listed {
  cases: Schema<'CaseItem'>
  tasks: Schema<'Task'>
  clients: Schema<'Client'>
  interactions: Schema<'Interaction'>
}

/** Page asks for one page of a list. */
export interface PageAsked {
  limit: number
  after?: string
}

interface BehindOf<L extends keyof Listed> {
  list: L
  /** Names the figure in the address. */
  key: string
  title: string
  read: (page: PageAsked) => Promise<{ items: Listed[L][] | null; next?: string }>
}

/** Behind is what a figure opens: the records that were counted. */
export type Behind = { [L in keyof Listed]: BehindOf<L> }[keyof Listed]

/** How a figure is written. */
export type Unit = 'count' | 'share' | 'duration' | 'number'

/** A column of a report's table. `figure` is a number; `text` is for everything else. */
export interface Column<R> {
  key: string
  head: string
  text?: (row: R) => string
  figure?: (row: R) => number | undefined
  unit?: Unit
  /** What rows of a text column are sorted by, when that is not the text. */
  order?: (row: R) => number
  /** Its sum means something: it is shown below the table. */
  summed?: boolean
  behind?: (row: R) => Behind | undefined
  to?: (row: R) => string | undefined
}

/** What a series means, for its colour. */
export type Tone = 'main' | 'good' | 'bad' | 'late' | 'now' | 'quiet' | 'second'

/** One kind of bars or a line of a chart. */
export interface Series {
  name: string
  tone: Tone
  values: number[]
  behind?: (index: number) => Behind | undefined
}

/** A chart; the table beneath has the same figures. */
export interface ChartSpec {
  title: string
  /** bars lie, for names; columns stand, for times. */
  kind: 'bars' | 'columns'
  stacked: boolean
  categories: string[]
  series: Series[]
  write: (value: number) => string
}

/** Sheet is a report as it is shown. */
export interface Sheet<R> {
  rows: R[]
  idOf: (row: R) => string
  nameOf: (row: R) => string
  columns: Column<R>[]
  charts: ChartSpec[]
}

/** behindOf finds what a key of the address opens, in the table or in a chart. */
export function behindOf<R>(sheet: Sheet<R>, key: string): Behind | undefined {
  for (const row of sheet.rows) {
    for (const column of sheet.columns) {
      const behind = column.behind?.(row)
      if (behind?.key === key) return behind
    }
  }
  for (const { series, categories } of sheet.charts) {
    for (const one of series) {
      for (const index of categories.keys()) {
        const behind = one.behind?.(index)
        if (behind?.key === key) return behind
      }
    }
  }
  return undefined
}

/** sumBy adds figures of rows that go under one name, in the order in which the names come first. */
export function sumBy<R, K extends string>(rows: R[], nameOf: (row: R) => string, figures: Record<K, (row: R) => number>): { name: string; rows: R[]; sums: Record<K, number> }[] {
  const groups = new Map<string, R[]>()
  for (const row of rows) groups.set(nameOf(row), [...(groups.get(nameOf(row)) ?? []), row])
  return [...groups].map(([name, of]) => ({
    name,
    rows: of,
    sums: Object.fromEntries((Object.keys(figures) as K[]).map((key) => [key, of.reduce((sum, row) => sum + figures[key](row), 0)])) as Record<K, number>,
  }))
}

/** mainCurrency is the one with the largest sum, for a chart can show one only. */
export function mainCurrency(amounts: { currency: string; amount: string }[]): string | undefined {
  const sums = new Map<string, number>()
  for (const { currency, amount } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + Number(amount))
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0]
}
