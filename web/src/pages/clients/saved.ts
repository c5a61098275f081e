import { useLocalStorage } from '@mantine/hooks'

import { useMe } from '@/app/session'

/** A filter that is kept under a name: the query of its address. */
export interface SavedFilter {
  name: string
  query: string
}

/** useSavedFilters are one's filters of clients in this browser. */
export function useSavedFilters() {
  const me = useMe()
  const [filters, set] = useLocalStorage<SavedFilter[]>({ key: `marshrut.clients.filters.${me?.id ?? ''}`, defaultValue: [] })
  return {
    filters,
    keep: (name: string, query: string) => set((before) => [...before.filter((filter) => filter.name !== name), { name, query }].sort((a, b) => a.name.localeCompare(b.name))),
    remove: (name: string) => set((before) => before.filter((filter) => filter.name !== name)),
  }
}
