import { useEffect, useMemo, useState } from 'react'

import type { Versioned } from '@/api/client'
import { asApiError, type ApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'

import { keep, kept } from './kept'
import { same } from './merge'
import { changed, threeWay, type Clash } from './threeWay'

/** How a form's record is read and written. A new one has no etag and is never read; one of a list that tells no versions has none either, and is read before it is written. */
export interface Recording<D> {
  start: D
  etag?: string
  read?: () => Promise<Versioned<D>>
  /** Writes the draft over the version of etag; `fields` are those that one has changed. */
  write: (draft: D, etag: string | undefined, fields: (keyof D & string)[]) => Promise<unknown>
  onDone: () => void
  /** What is typed waits in this tab under this name for whoever goes elsewhere and comes back, until it is written or taken back. */
  keptAs?: string
  /** The form stays open beside what is read again and again: while nothing is typed it shows what is there now. What is typed stays over the version it began from. */
  follows?: boolean
}

/** forget drops what waits in this tab under a name: there is no record any more to write it to. */
export function forget(keptAs: string): void {
  keep(keptAs, undefined)
}

/** RecordForm is a form over one record: what is typed, what was refused, and what others have changed meanwhile. */
export interface RecordForm<D> {
  draft: D
  set: (change: Partial<D>) => void
  save: () => void
  saving: boolean
  dirty: boolean
  problem: ApiError | undefined
  clashes: Clash<D>[]
  /** Takes what the others have written in a field. */
  takeTheirs: (clash: Clash<D>) => void
  /** Takes back all that was typed. */
  discard: () => void
}

interface Over<D> {
  base: D
  etag: string | undefined
}

interface Kept<D> extends Over<D> {
  draft: D
}

// Others who write all the time do not hold up a form for ever.
const attempts = 4

/**
 * useRecordForm edits a record whose changes name a version. When others were faster (412), their changes and these are put together;
 * where both are of the same field, the form says so and sends nothing until one has looked.
 */
export function useRecordForm<D extends object>({ start, etag, read, write, onDone, keptAs, follows = false }: Recording<D>): RecordForm<D> {
  const [begun] = useState<Kept<D>>(() => kept<Kept<D>>(keptAs) ?? { draft: start, base: start, etag })
  const [draft, setDraft] = useState(begun.draft)
  const [over, setOver] = useState<Over<D>>({ base: begun.base, etag: begun.etag })
  const [clashes, setClashes] = useState<Clash<D>[]>([])
  // What was typed while it was being written is over what was written; which version that became is read when it is needed.
  const goOn = (sent: D, written: D) => {
    setDraft((typed) => threeWay(sent, typed, written).draft)
    setOver({ base: written, etag: undefined })
  }
  const save = useMutation({
    mutationFn: async (): Promise<boolean> => {
      let mine = draft
      let on = over
      for (let attempt = 1; ; attempt += 1) {
        try {
          if (on.etag !== undefined || read === undefined) {
            await write(mine, on.etag, changed(on.base, mine))
            if (keptAs !== undefined) keep(keptAs, undefined)
            if (follows) goOn(draft, mine)
            return true
          }
        } catch (thrown) {
          if (asApiError(thrown).status !== 412 || read === undefined || attempt === attempts) throw thrown
        }
        const theirs = await read()
        const merged = threeWay(on.base, mine, theirs.data)
        mine = merged.draft
        on = { base: theirs.data, etag: theirs.etag }
        if (merged.clashes.length === 0) continue
        setDraft(mine)
        setOver(on)
        setClashes(merged.clashes)
        return false
      }
    },
    onSuccess: (written) => {
      if (written) onDone()
    },
  })
  const dirty = changed(over.base, draft).length > 0
  if (follows && !dirty && !save.isPending && (!same(over.base, start) || (etag !== undefined && over.etag !== etag))) {
    setDraft(start)
    setOver({ base: start, etag })
  }
  useEffect(() => {
    if (keptAs !== undefined) keep(keptAs, dirty ? ({ draft, ...over } satisfies Kept<D>) : undefined)
  }, [keptAs, dirty, draft, over])
  const problem = useMemo(() => (save.error === null ? undefined : asApiError(save.error)), [save.error])
  const set = (change: Partial<D>) => setDraft((before) => ({ ...before, ...change }))
  return {
    draft, set, clashes,
    save: () => {
      // Enter in a field, pressed once too often, does not decide over what a colleague has written.
      if (clashes.length > 0 && document.activeElement instanceof HTMLInputElement) return
      setClashes([])
      save.mutate()
    },
    saving: save.isPending,
    dirty,
    problem,
    takeTheirs: (clash) => {
      set({ [clash.field]: clash.theirs } as unknown as Partial<D>)
      setClashes((all) => all.filter((one) => one.field !== clash.field))
    },
    discard: () => {
      setDraft(over.base)
      setClashes([])
      save.reset()
    },
  }
}
