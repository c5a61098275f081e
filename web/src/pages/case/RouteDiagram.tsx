import { Skeleton } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useVersion } from '@/api/routeMaps'
import { useFormat } from '@/i18n/useFormat'
import type { Diagram, Stage as DiagramStage } from '@/ui/diagram/layout'
import MapDiagram from '@/ui/diagram/MapDiagram'
import { marksOf, standsAt } from '@/ui/diagram/marks'
import { Failure } from '@/ui/Failure'

import { useCard, type Route } from './card'

const height = 320

type RouteStage = NonNullable<Route['stages']>[number]

/** RouteDiagram is the map of the case with where it has been and is, which it follows (R33, R53). */
export default function RouteDiagram({ map, stages }: { map: Schema<'MapRef'>; stages: readonly RouteStage[] }) {
  const { t } = useTranslation('case')
  const { shown } = useCard()
  const version = useVersion(map.id, map.version)
  const drawn = version.data?.diagram
  const marks = useMemo(() => marksOf(new Set((drawn?.stages ?? []).map((stage) => stage.path)), stages), [drawn, stages])
  const diagram = useHere(drawn, stages)
  if (version.isError && version.data === undefined) return <Failure error={version.error} onRetry={() => void version.refetch()} />
  if (diagram === undefined) return <Skeleton height={height} radius="md" />
  const here = standsAt(marks)
  const last = [...marks.keys()].at(-1) ?? diagram.stages?.[0]?.path
  return <MapDiagram diagram={diagram} marks={marks} height={height} follow={here.length === 0 && last !== undefined ? [last] : here} panel={t('route.picture', { number: shown.number })} />
}

/** useHere says who performs each stage in this case, not who would by the map, and until when on the current ones. */
function useHere(diagram: Diagram | undefined, stages: readonly RouteStage[]): Diagram | undefined {
  const { t } = useTranslation()
  const format = useFormat()
  return useMemo(() => {
    if (diagram === undefined) return undefined
    const here = new Map(stages.map((stage) => [stage.path, stage]))
    const told = (stage: DiagramStage): DiagramStage => {
      const { performer, due, overdue = false, state } = here.get(stage.path) ?? {}
      return {
        ...stage,
        ...(performer?.name === undefined ? {} : { performer: performer.name }),
        ...(due === undefined || state !== 'current' ? {} : { limit: t(overdue ? 'overdueSince' : 'dueAt', { when: format.moment(due) }) }),
      }
    }
    return { ...diagram, stages: (diagram.stages ?? []).map(told) }
  }, [diagram, stages, t, format])
}
