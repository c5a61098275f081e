import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { answer, api, versioned, type Schema } from './client'
import { keys } from './keys'

export type MapVersion = Schema<'Version'>

/** useRouteMap is one map with the version that its next change names. */
export function useRouteMap(id: string) {
  return useQuery({ queryKey: [...keys.routeMaps, 'one', id], queryFn: () => versioned(api.GET('/api/v1/route-maps/{id}', { params: { path: { id } } })), enabled: id !== '' })
}

/** useVersions is a map's published versions, newest first. */
export function useVersions(id: string) {
  return useQuery({ queryKey: [...keys.routeMaps, 'versions', id], queryFn: () => answer(api.GET('/api/v1/route-maps/{id}/versions', { params: { path: { id } } })), select: (list) => list.items ?? [], enabled: id !== '' })
}

/** useVersion is one version with its text and diagram; it never changes. `keep` leaves the former one until another has been read. */
export function useVersion(id: string, version: number | undefined, keep = false) {
  return useQuery({
    queryKey: [...keys.routeMaps, 'version', id, version],
    queryFn: () => answer(api.GET('/api/v1/route-maps/{id}/versions/{version}', { params: { path: { id, version: String(version) } } })),
    enabled: id !== '' && version !== undefined && version > 0,
    staleTime: 5 * 60_000,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  })
}

/** useMapCases is how many open cases stand where, of those that one may see. */
export function useMapCases(id: string) {
  return useQuery({ queryKey: [...keys.cases, 'of map', id], queryFn: () => answer(api.GET('/api/v1/route-maps/{id}/cases', { params: { path: { id } } })) })
}

export type MapTests = Schema<'MapTests'>

export const mapTestsKey = (id: string) => [...keys.routeMaps, 'tests', id] as const

/** useMapTests is the text of a map's tests with the version that its next change names. */
export function useMapTests(id: string) {
  return useQuery({ queryKey: mapTestsKey(id), queryFn: () => versioned(api.GET('/api/v1/route-maps/{id}/tests', { params: { path: { id } } })), enabled: id !== '' })
}
