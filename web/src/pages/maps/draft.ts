import { useCallback, useState } from 'react'

import { inBrowser, store, stored } from '@/ui/edit/kept'

/** What one has written of a map and not yet published. It lies in this browser. */
export interface Draft {
  source: string
  /** The version that it was made from; 0: a new map. */
  base: number
  /** When it was changed last. */
  at: string
}

const keyOf = (user: string, map: string) => `marshrut.map.${user}.${map}`

function read(key: string): Draft | undefined {
  const draft = stored(inBrowser, key) as Partial<Draft> | null | undefined
  return typeof draft?.source === 'string' && typeof draft.base === 'number' && typeof draft.at === 'string' ? { source: draft.source, base: draft.base, at: draft.at } : undefined
}

/** useDraft keeps what is written until it is published or thrown away, over reloads and restarts of the browser. */
export function useDraft(user: string, map: string): { draft: Draft | undefined; keep: (source: string, base: number) => void; drop: () => void; kept: boolean } {
  const key = keyOf(user, map)
  const [draft, setDraft] = useState(() => read(key))
  const [kept, setKept] = useState(true)
  const keep = useCallback(
    (source: string, base: number) => {
      const next = { source, base, at: new Date().toISOString() }
      setDraft(next)
      setKept(store(inBrowser, key, next)) // no room: the page says so
    },
    [key],
  )
  const drop = useCallback(() => {
    store(inBrowser, key, undefined)
    setDraft(undefined)
  }, [key])
  return { draft, keep, drop, kept }
}
