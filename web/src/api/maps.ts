import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { answer, api, type Schema } from './client'
import { keys } from './keys'

export type RouteMap = Schema<'Map'>

const none: RouteMap[] = []

/** useMaps is all route maps in their newest versions. */
export function useMaps(): { maps: RouteMap[]; isPending: boolean; error: unknown } {
  const { data, isPending, error } = useQuery({ queryKey: keys.routeMaps, queryFn: () => answer(api.GET('/api/v1/route-maps')), staleTime: 60_000 })
  return { maps: data?.items ?? none, isPending, error }
}

/** useStageName answers what a stage of a map is called, in its newest version; the id where that does not have it any more. */
export function useStageName(): (map: string | undefined, stage: string | undefined) => string {
  const { maps } = useMaps()
  const byID = useMemo(() => new Map(maps.map((map) => [map.id, map])), [maps])
  return useCallback((map, stage) => (stage === undefined ? '' : (byID.get(map ?? '')?.stages?.find((s) => s.id === stage)?.name ?? stage)), [byID])
}
