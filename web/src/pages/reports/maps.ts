import type { RouteMap } from '@/api/maps'

/** defaultMap is the map whose funnel is shown first: one of deals that is in use, the shipped one before those that may be parts of others, or else any. */
export function defaultMap(maps: RouteMap[]): string | undefined {
  const published = maps.filter((map) => map.version > 0)
  const sale = (map: RouteMap) => map.state === 'active' && map.process === 'deal' && map.control === 'process'
  const ranked = [(map: RouteMap) => sale(map) && map.origin !== 'own', sale, (map: RouteMap) => map.state === 'active' && map.process === 'interest', (map: RouteMap) => map.state === 'active', () => true]
  for (const fits of ranked) {
    const found = published.find(fits)
    if (found !== undefined) return found.id
  }
  return undefined
}
