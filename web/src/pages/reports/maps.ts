import type { RouteMap } from '@/api/maps'

/** defaultMap is the map whose funnel is shown first: one of deals that is in use, or else any. */
export function defaultMap(maps: RouteMap[]): string | undefined {
  const published = maps.filter((map) => map.version > 0)
  const ranked = [(map: RouteMap) => map.state === 'active' && map.process === 'deal' && map.control === 'process', (map: RouteMap) => map.state === 'active' && map.process === 'interest', (map: RouteMap) => map.state === 'active', () => true]
  for (const fits of ranked) {
    const found = published.find(fits)
    if (found !== undefined) return found.id
  }
  return undefined
}
