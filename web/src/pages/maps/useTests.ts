import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { api, versioned, type Versioned } from '@/api/client'
import { asApiError } from '@/api/problem'
import { mapTestsKey, useMapTests, type MapTests } from '@/api/routeMaps'
import { useMutation } from '@/api/useMutation'
import { tell } from '@/ui/tell'

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

/** A text of tests that is to be saved after the version it was made from. */
interface Sending {
  source: string
  base: number
}

/** How the tests are being saved: save while a save is at work has what is written by then saved after it. */
export interface Saving {
  save: (sending: Sending) => void
  isPending: boolean
  /** Why the last save was refused; undefined: it was not. */
  error: unknown
  /** Forgets the refusal. */
  reset: () => void
}

/**
 * useSaveTests saves what is written. A colleague's text is not written over: it is read, and the page shows both. It belongs to the desk,
 * not to the tab: whoever looks elsewhere meanwhile and comes back goes on writing.
 */
export function useSaveTests(id: string, tests: DeskTests): Saving {
  const { t } = useTranslation('maps')
  const queries = useQueryClient()
  const { draft, changed, overtaken } = tests
  const latest = useRef(draft)
  useEffect(() => {
    latest.current = draft
  })
  const waits = useRef(false)
  // Known before the page shows it: keys come quicker.
  const going = useRef(false)
  const { mutate, isPending, isError, error, reset } = useMutation({
    mutationFn: (sending: Sending) => putTests(id, sending.source, sending.base),
    onSuccess: (saved, sent) => {
      queries.setQueryData(mapTestsKey(id), saved)
      // What was typed meanwhile goes on from what is saved now.
      const now = latest.current?.source ?? sent.source
      if (now === sent.source) tests.drop()
      else tests.keep(now, saved.data.version)
      tell.done(t('tests.saved'))
    },
    onSettled: () => {
      going.current = false
    },
    onError: (refusal) => {
      waits.current = false
      return asApiError(refusal).status === 412 ? tests.reread() : undefined
    },
  })
  useEffect(() => {
    if (isPending || going.current || !waits.current) return
    waits.current = false
    if (!changed || overtaken || draft === undefined) return
    going.current = true
    mutate({ source: draft.source, base: draft.base })
  }, [isPending, changed, overtaken, draft, mutate])
  const save = (sending: Sending) => {
    if (going.current) {
      waits.current = true
      return
    }
    going.current = true
    mutate(sending)
  }
  // A save that is at work is not lost sight of.
  const forget = () => {
    if (!going.current) reset()
  }
  return { save, isPending, error: isError ? error : undefined, reset: forget }
}
