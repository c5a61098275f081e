import { useState } from 'react'

import type { Versioned } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'

import { patchInteraction, readInteraction, useInteractionsChanged, type InteractionChange } from './actions'
import { changesOf, draftOf, merge, valuesOf, type Draft, type Interaction } from './draft'

/** Both have changed the same field: what the colleague made of it. */
export interface Clash {
  field: keyof Draft
  theirs: Draft
}

/** Overtaken: a colleague has completed, cancelled or restored it meanwhile, so that what was asked of it makes no sense any more. */
export class Overtaken extends Error {}

/**
 * useEditing holds an interaction that is being changed. A colleague's changes made meanwhile are taken over; where both changed the same
 * field, both are shown and nothing is sent before one has chosen.
 */
export function useEditing(first: Versioned<Interaction>, onSaved: (interaction: Interaction) => void) {
  const { timeZone } = useFormat()
  const refresh = useInteractionsChanged()
  const [base, setBase] = useState(first)
  const [draft, setDraft] = useState(() => draftOf(first.data, timeZone))
  const [clashes, setClashes] = useState<Clash[]>([])

  const send = async (further: InteractionChange, from: Versioned<Interaction>, mine: Draft, tries: number): Promise<Interaction | undefined> => {
    const body = { ...changesOf(valuesOf(draftOf(from.data, timeZone), timeZone), valuesOf(mine, timeZone)), ...further }
    if (Object.keys(body).length === 0) return from.data
    try {
      return (await patchInteraction(from.data.id, from.etag, body)).data
    } catch (error) {
      if (asApiError(error).status !== 412 || tries === 0) throw error
    }
    const latest = await readInteraction(from.data.id)
    const theirs = draftOf(latest.data, timeZone)
    const merged = merge(draftOf(from.data, timeZone), mine, theirs)
    setBase(latest)
    setDraft(merged.draft)
    setClashes(merged.clashes.map((field) => ({ field, theirs })))
    if (further.status !== undefined && latest.data.status !== from.data.status) throw new Overtaken()
    return merged.clashes.length > 0 ? undefined : send(further, latest, merged.draft, tries - 1)
  }
  const save = useMutation({
    mutationFn: (further: InteractionChange) => send(further, base, draft, 3),
    onSuccess: (saved) => saved && onSaved(saved),
    onSettled: refresh,
  })
  /** Takes in what has been made of it elsewhere, without saving what is typed here. */
  const reread = async () => {
    const latest = await readInteraction(base.data.id)
    const theirs = draftOf(latest.data, timeZone)
    const merged = merge(draftOf(base.data, timeZone), draft, theirs)
    setBase(latest)
    setDraft(merged.draft)
    setClashes(merged.clashes.map((field) => ({ field, theirs })))
    refresh()
  }
  const takeTheirs = ({ field, theirs }: Clash) => {
    setDraft({ ...draft, [field]: theirs[field] })
    keepMine({ field, theirs })
  }
  const keepMine = ({ field }: Clash) => setClashes(clashes.filter((clash) => clash.field !== field))
  return { record: base.data, draft, setDraft, clashes, takeTheirs, keepMine, save, reread }
}
