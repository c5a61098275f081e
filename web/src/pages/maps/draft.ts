import { useCallback, useRef, useState } from 'react'

import { inBrowser, store, stored } from '@/ui/edit/kept'

/** What one has written of a map, or of its tests, and not yet published or saved. It lies in this browser. */
export interface Draft {
  source: string
  /** The version that it was made from; 0: a new map, or tests that nobody has written yet. */
  base: number
  /** When it was changed last; empty: it is from when tests lay in browsers only. */
  at: string
}

/** The place in the browser of what is written of a map. */
export const mapPlace = (user: string, map: string): string => `marshrut.map.${user}.${map}`

const tests = 'marshrut.map.tests.'

/** The place in the browser of what is written of the tests of a map. */
export const testsPlace = (user: string, map: string): string => `${tests}${user}.${map}`

function read(place: string): Draft | undefined {
  const draft = stored(inBrowser, place) as Partial<Draft> | null | undefined
  return typeof draft?.source === 'string' && typeof draft.base === 'number' && typeof draft.at === 'string' ? { source: draft.source, base: draft.base, at: draft.at } : early(place)
}

/** early is a text that was left here when the tests of a map were in its designer's browser only: they are his to save or to throw away. */
function early(place: string): Draft | undefined {
  if (!place.startsWith(tests)) return undefined
  try {
    const source = inBrowser().getItem(place)
    return source === null || source.trim() === '' ? undefined : { source, base: 0, at: '' }
  } catch {
    return undefined // forbidden: there is nothing
  }
}

/** leave puts a draft where another page finds it; false: the browser has no room for it, or there is another one already. */
export const leave = (place: string, source: string, base: number): boolean => read(place) === undefined && store(inBrowser, place, { source, base, at: new Date().toISOString() } satisfies Draft)

export interface Kept {
  draft: Draft | undefined
  keep: (source: string, base: number) => void
  drop: () => void
  /** Whether the browser has room for it. */
  kept: boolean
}

const same = (a: Draft | undefined, b: Draft | undefined) => a?.source === b?.source && a?.base === b?.base && a?.at === b?.at

/**
 * useDraft keeps what is written until it is published, saved or thrown away, over reloads and restarts of the browser. What lies there
 * from another tab is that one's to throw away.
 */
export function useDraft(place: string): Kept {
  const [draft, setDraft] = useState(() => read(place))
  const [kept, setKept] = useState(true)
  const mine = useRef(draft)
  const keep = useCallback(
    (source: string, base: number) => {
      mine.current = { source, base, at: new Date().toISOString() }
      setDraft(mine.current)
      setKept(store(inBrowser, place, mine.current)) // no room: the page says so
    },
    [place],
  )
  const drop = useCallback(() => {
    if (same(read(place), mine.current)) store(inBrowser, place, undefined)
    mine.current = undefined
    setDraft(undefined)
  }, [place])
  return { draft, keep, drop, kept }
}
