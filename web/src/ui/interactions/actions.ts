import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { tell } from '@/ui/tell'

import type { Interaction } from './draft'

export type InteractionChange = Schema<'PatchInteractionInputBody'>

/** readInteraction is an interaction with its version. */
export const readInteraction = (id: string): Promise<Versioned<Interaction>> => versioned(api.GET('/api/v1/interactions/{id}', { params: { path: { id } } }))

/** patchInteraction changes the version one has read. */
export const patchInteraction = (id: string, etag: string, body: InteractionChange): Promise<Versioned<Interaction>> =>
  versioned(api.PATCH('/api/v1/interactions/{id}', { params: { path: { id }, header: { 'If-Match': etag } }, body }))

/** useInteractionsChanged has everything read again that shows interactions. */
export function useInteractionsChanged(): () => void {
  const queries = useQueryClient()
  return useCallback(() => {
    for (const key of [keys.interactions, keys.agenda, keys.sales, keys.case, keys.boards]) void queries.invalidateQueries({ queryKey: key })
  }, [queries])
}

/** What one does with an interaction without opening it; each can be taken back from the message about it. */
export interface InteractionActions {
  cancel: (interaction: Interaction) => Promise<void>
  restore: (interaction: Interaction) => Promise<void>
  review: (interaction: Interaction) => Promise<void>
  move: (interaction: Interaction, at: string) => Promise<void>
}

/** useInteractionActions cancels and restores (R4), marks as reviewed (R28) and moves. */
export function useInteractionActions(): InteractionActions {
  const { t } = useTranslation('interactions')
  const changed = useInteractionsChanged()
  return useMemo(() => {
    const send = async (id: string, body: InteractionChange, untouched: (now: Interaction) => boolean): Promise<boolean> => {
      try {
        const { data, etag } = await readInteraction(id)
        if (untouched(data)) await patchInteraction(id, etag, body)
        else tell.problem(new Error(t('movedOn')))
        return untouched(data)
      } catch (error) {
        tell.problem(asApiError(error))
        return false
      } finally {
        changed()
      }
    }
    const statusOf = (status: Interaction['status']) => (now: Interaction) => now.status === status
    const cancel = async ({ id, topic }: Interaction) => {
      if (await send(id, { status: 'cancelled' }, statusOf('planned'))) tell.done(t('done.cancelled', { topic }), () => void send(id, { status: 'planned' }, statusOf('cancelled')))
    }
    const restore = async ({ id, topic }: Interaction) => {
      if (await send(id, { status: 'planned' }, statusOf('cancelled'))) tell.done(t('done.restored', { topic }), () => void send(id, { status: 'cancelled' }, statusOf('planned')))
    }
    const review = async ({ id, topic }: Interaction) => {
      if (await send(id, { reviewed: true }, () => true)) tell.done(t('done.reviewed', { topic }), () => void send(id, { reviewed: false }, () => true))
    }
    const move = async ({ id, at: before, topic }: Interaction, at: string) => {
      const isAt = (when: string) => (now: Interaction) => Date.parse(now.at) === Date.parse(when)
      if (await send(id, { at }, isAt(before))) tell.done(t('done.moved', { topic }), () => void send(id, { at: before }, isAt(at)))
    }
    return { cancel, restore, review, move }
  }, [t, changed])
}
