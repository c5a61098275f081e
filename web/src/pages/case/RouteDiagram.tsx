import { Skeleton } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useVersion } from '@/api/routeMaps'
import MapDiagram from '@/ui/diagram/MapDiagram'
import { marksOf, standsAt } from '@/ui/diagram/marks'
import { Failure } from '@/ui/Failure'

import { useCard, type Route } from './card'

const height = 320

/** RouteDiagram is the map of the case with where it has been and is, which it follows (R33, R53). */
export default function RouteDiagram({ map, stages }: { map: Schema<'MapRef'>; stages: NonNullable<Route['stages']> }) {
  const { t } = useTranslation('case')
  const { shown } = useCard()
  const version = useVersion(map.id, map.version)
  const diagram = version.data?.diagram
  const marks = useMemo(() => marksOf(new Set((diagram?.stages ?? []).map((stage) => stage.path)), stages), [diagram, stages])
  if (version.isError && version.data === undefined) return <Failure error={version.error} onRetry={() => void version.refetch()} />
  if (diagram === undefined) return <Skeleton height={height} radius="md" />
  const last = [...marks.keys()].at(-1) ?? diagram.stages?.[0]?.path
  return <MapDiagram diagram={diagram} marks={marks} height={height} follow={standsAt(marks) ?? last} panel={t('route.picture', { number: shown.number })} />
}
