import { useMemo } from 'react'
import { useNavigate, useParams } from 'react-router'

import { useDepartments } from '@/api/people'
import { useBlocks, useMe, useRight } from '@/app/session'
import { isDay } from '@/i18n/wall'
import { useFilters, type Filter as Named, type FilterChange } from '@/ui/useFilters'

import { reports, type ReportName } from './model'

/** What narrows a report; it is kept in the address, so that a report can be sent to a colleague. */
export const filterNames = ['from', 'to', 'responsible', 'department', 'kind', 'source', 'channel', 'map', 'version', 'by', 'step', 'client'] as const
export type FilterName = (typeof filterNames)[number]
export type Filter = Named<FilterName>

/** What each report takes beside its period. */
export const takes: Record<ReportName, readonly FilterName[]> = {
  funnel: ['from', 'to', 'map', 'version', 'by', 'responsible', 'department', 'source', 'channel'],
  outcomes: ['from', 'to', 'map', 'version', 'responsible', 'department', 'source', 'channel'],
  potential: ['by', 'responsible', 'department', 'kind', 'source', 'channel'],
  control: ['responsible', 'department', 'kind', 'source', 'channel'],
  losses: ['from', 'to', 'responsible', 'department', 'kind', 'source', 'channel'],
  claims: ['from', 'to', 'responsible', 'department', 'source', 'channel'],
  channels: ['from', 'to', 'responsible', 'department', 'kind', 'source', 'channel'],
  communication: ['from', 'to', 'step', 'client', 'responsible', 'department', 'kind', 'source', 'channel'],
  demand: ['from', 'to', 'responsible', 'department', 'kind', 'source', 'channel'],
  standards: ['from', 'to', 'responsible', 'department', 'source', 'channel'],
}

/** What is asked for: a report, what narrows it, and the figure that is open. */
export interface Asked {
  report: ReportName
  filter: Filter
  open: string | undefined
  set: (change: FilterChange<FilterName>) => void
  clear: () => void
  /** Opens what is behind a figure; “back” closes it. */
  show: (key: string) => void
  hide: () => void
  /** The address of a report with the same narrowing, as far as it takes that. */
  to: (report: ReportName) => string
}

/** useAsked is what the address asks for. */
export function useAsked(): Asked {
  const { report: given } = useParams()
  const { filter: named, query, set, clear } = useFilters([...filterNames, 'open'])
  const navigate = useNavigate()
  const offered = useReports()
  const report = offered.find((name) => name === given) ?? 'funnel'
  // Whatever is counted anew when the filter changes needs one that stays the same until then.
  const filter = useMemo(() => keptBy(report, query), [report, query])
  return {
    report,
    filter,
    open: named.open,
    set: (change) => set({ ...change, open: null }),
    clear,
    show: (key) => {
      const after = new URLSearchParams(query)
      after.set('open', key)
      void navigate({ search: after.toString() })
    },
    hide: () => set({ open: null }),
    to: (name) => {
      // What divides one report means something else in another.
      const same = Object.entries(keptBy(name, query)).filter(([one]) => one !== 'by')
      const search = new URLSearchParams(same).toString()
      return `/reports/${name}${search === '' ? '' : `?${search}`}`
    },
  }
}

/** keptBy is what of a query a report takes. */
function keptBy(report: ReportName, query: string): Filter {
  const params = new URLSearchParams(query)
  return Object.fromEntries(takes[report].flatMap((name) => (told(name, params.get(name)) ? [[name, params.get(name)]] : [])))
}

/** told tells whether a query says something: not where an old bookmark or a slip of the keyboard names a day that there is not. */
const told = (name: FilterName, value: string | null): boolean => value !== null && value !== '' && ((name !== 'from' && name !== 'to') || isDay(value))

/** useReports are those that the company's blocks leave (R22). */
export function useReports(): ReportName[] {
  const blocks = useBlocks()
  return reports.filter((name) => (name !== 'claims' || blocks.claims) && (name !== 'communication' || blocks.interactions))
}

/** useReach tells whose figures one may ask for: everybody's, those of the departments one heads, or one's own. */
export function useReach(): 'all' | 'headed' | 'own' {
  const me = useMe()
  const reportsAll = useRight('report')
  const departments = useDepartments()
  if (reportsAll && me?.visibility === 'all') return 'all'
  return departments.some((department) => department.head_id === me?.id) ? 'headed' : 'own'
}
