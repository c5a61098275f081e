import { useSearchParams } from 'react-router'

/** What narrows a list, by name; what is not said is not narrowed. */
export type Filter<Name extends string> = Partial<Record<Name, string>>

/** A change of a filter: null and the empty text take a name out. */
export type FilterChange<Name extends string> = Partial<Record<Name, string | null>>

/** The filter of a list and what can be done to it. */
export interface Filters<Name extends string> {
  filter: Filter<Name>
  /** Set changes the names given and leaves the others. */
  set: (change: FilterChange<Name>) => void
  clear: () => void
  /** Use puts another whole filter in place, written as `query` is. */
  use: (query: string) => void
  /** Query is the filter as the address has it. */
  query: string
  /** Narrowed says whether anything at all is said. */
  narrowed: boolean
}

/** useFilters is the filter that the address has, so that a list can be sent to a colleague and found again by going back. */
export function useFilters<const Name extends string>(names: readonly Name[]): Filters<Name> {
  const [params, setParams] = useSearchParams()
  const filter: Filter<Name> = {}
  for (const name of names) {
    const value = params.get(name)
    if (value !== null && value !== '') filter[name] = value
  }
  return {
    filter,
    // Over what the address has by now: on a slow machine the page may be drawn later than the next change comes.
    set: (change) => setParams(() => changed(new URLSearchParams(window.location.search), change), { replace: true }),
    clear: () => setParams({}, { replace: true }),
    use: (query) => setParams(query, { replace: true }),
    query: params.toString(),
    narrowed: Object.keys(filter).length > 0,
  }
}

function changed(before: URLSearchParams, change: Record<string, string | null | undefined>): URLSearchParams {
  const after = new URLSearchParams(before)
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === undefined || value === '') after.delete(name)
    else after.set(name, value)
  }
  return after
}
