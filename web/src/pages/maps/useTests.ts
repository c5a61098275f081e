import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

import { api, versioned, type Versioned } from '@/api/client'
import { asApiError } from '@/api/problem'
import { mapTestsKey, useMapTests, type MapTests } from '@/api/routeMaps'
import { useMutation } from '@/api/useMutation'

import { testsPlace, useDraft, type Kept } from './draft'

/** The tests of the map on the desk: what is kept of them for everybody, and what one has written and not yet saved. */
export interface DeskTests extends Kept {
  /** What the server has; undefined: not read yet, or the map is a new one. */
  stored: MapTests | undefined
  isPending: boolean
  error: unknown
  reread: () => Promise<void>
  /** The text as it is written; empty: there is none. */
  source: string
  /** It differs from what is kept. */
  changed: boolean
  /** A colleague has changed the tests since one began. */
  overtaken: boolean
}

/** useTests has the tests of a map; of a new one, which has no id yet, they lie in this browser until it is published. */
export function useTests(user: string, id: string): DeskTests {
  const queries = useQueryClient()
  const kept = useDraft(testsPlace(user, id === '' ? 'new' : id))
  const read = useMapTests(id)
  const stored = read.data?.data
  const { draft } = kept
  const changed = draft !== undefined && draft.source !== (stored?.source ?? '')
  return {
    ...kept, stored, changed, isPending: id !== '' && read.isPending, error: read.data === undefined ? read.error : null,
    reread: () => queries.invalidateQueries({ queryKey: mapTestsKey(id) }),
    source: draft?.source ?? stored?.source ?? '', overtaken: changed && stored !== undefined && draft.base !== stored.version,
  }
}

/** putTests writes the tests of a map after the version that one has read. */
export const putTests = (id: string, source: string, version: number): Promise<Versioned<MapTests>> =>
  versioned(api.PUT('/api/v1/route-maps/{id}/tests', { params: { path: { id }, header: { 'If-Match': `"${version}"` } }, body: { source } }))

/** useSaveTests saves what is written. A colleague's text is not written over: it is read, and the page shows both. */
export function useSaveTests(id: string, tests: DeskTests, onSaved: () => void) {
  const queries = useQueryClient()
  const latest = useRef(tests.draft)
  useEffect(() => {
    latest.current = tests.draft
  })
  return useMutation({
    mutationFn: (draft: { source: string; base: number }) => putTests(id, draft.source, draft.base),
    onSuccess: (saved, sent) => {
      queries.setQueryData(mapTestsKey(id), saved)
      // What was typed meanwhile goes on from what is saved now.
      const now = latest.current?.source ?? sent.source
      if (now === sent.source) tests.drop()
      else tests.keep(now, saved.data.version)
      onSaved()
    },
    onError: (error) => (asApiError(error).status === 412 ? tests.reread() : undefined),
  })
}
