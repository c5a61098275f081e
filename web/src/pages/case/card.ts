import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext, useMemo } from 'react'

import { answer, api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { heads, useDepartments, useUsers } from '@/api/people'
import { useMe, useRight } from '@/app/session'
import { merge, type Edited } from '@/ui/edit/merge'

export type Case = Schema<'Case'>
export type CasePatch = Schema<'PatchCaseInputBody'>
export type Route = Schema<'Route'>

/** What one is to a case, and so what is offered (the server decides for itself). */
export interface Standing {
  /** Responsible, head of him, or one who leads: closes, moves, changes the parties. */
  directs: boolean
  /** Heads the responsible, or leads: opens a closed case again (R60). */
  heads: boolean
  /** Directs, or has an open task of it: records payments, writes letters. */
  works: boolean
  /** Works on it or takes part: changes its fields (R65). */
  partakes: boolean
}

/** The card that a component is on. */
export interface Card {
  ref: string
  shown: Case
  route: Route | undefined
  standing: Standing
  /** Has the right to work at all; who has not only reads. */
  mayWork: boolean
  /** Sends a change of one field, and adds it to what others have changed meanwhile. */
  change: (patch: CasePatch, field: (record: Case) => unknown, before: unknown) => Promise<void>
  /** Has everything of the case read again. */
  again: () => void
}

const CardContext = createContext<Card | undefined>(undefined)

export const CardProvider = CardContext.Provider

/** useCard is the card that a component is on. */
export function useCard(): Card {
  const card = useContext(CardContext)
  if (card === undefined) throw new Error('not on a card')
  return card
}

const cardKey = (ref: string) => [...keys.caseOf(ref), 'card'] as const
const readCase = (ref: string) => versioned(api.GET('/api/v1/cases/{id}', { params: { path: { id: ref } } }))

/** useCase reads the case of a card. */
export function useCase(ref: string) {
  return useQuery({ queryKey: cardKey(ref), queryFn: () => readCase(ref) })
}

/** useRoute reads where the case is on its map. */
export function useRoute(ref: string) {
  return useQuery({ queryKey: [...keys.caseOf(ref), 'route'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/route', { params: { path: { id: ref } } })) })
}

/** useWork reads the open tasks of the case. */
export function useWork(ref: string) {
  return useQuery({ queryKey: [...keys.caseOf(ref), 'tasks'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/tasks', { params: { path: { id: ref }, query: { limit: 200 } } })) })
}

/** useParticipants reads who takes part. */
export function useParticipants(ref: string) {
  return useQuery({ queryKey: [...keys.caseOf(ref), 'participants'], queryFn: () => answer(api.GET('/api/v1/cases/{id}/participants', { params: { path: { id: ref } } })) })
}

/** useStanding is what the one who is signed in is to a case. */
export function useStanding(ref: string, shown: Case | undefined): Standing {
  const me = useMe()
  const leads = useRight('lead')
  const works = useRight('work')
  const users = useUsers()
  const departments = useDepartments()
  const tasks = useWork(ref).data?.items
  const participants = useParticipants(ref).data?.items
  return useMemo(() => {
    if (me === undefined || shown === undefined || !works) return { directs: false, heads: false, works: false, partakes: false }
    const above = leads || heads(me.id, users.find((u) => u.id === shown.responsible_id), departments)
    const directs = above || shown.responsible_id === me.id
    const has = (tasks ?? []).some((task) => {
      const { user_id, role, department_id } = task.performer
      return task.status === 'open' && (user_id === me.id || task.taken_by === me.id || task.in_place_of !== undefined || (role !== undefined && (me.roles ?? []).includes(role)) || (department_id !== undefined && department_id === me.department_id))
    })
    return { directs, heads: above, works: directs || has, partakes: directs || has || (participants ?? []).some((p) => p.user_id === me.id) }
  }, [me, shown, works, leads, users, departments, tasks, participants])
}

/** useChange saves single fields of the case. */
export function useChange(ref: string): Card['change'] {
  const queries = useQueryClient()
  return useMemo(() => {
    const edited: Edited<Case, CasePatch> = {
      current: () => queries.getQueryData<Versioned<Case>>(cardKey(ref)) ?? missing(),
      read: () => readCase(ref),
      write: (patch, etag) => versioned(api.PATCH('/api/v1/cases/{id}', { params: { path: { id: ref }, header: { 'If-Match': etag } }, body: patch })),
      show: (record) => queries.setQueryData(cardKey(ref), record),
    }
    return async (patch, field, before) => {
      await merge(edited, patch, field, before)
      refreshCase(queries)
    }
  }, [queries, ref])
}

function missing(): never {
  throw new Error('the case has not been read')
}

/** refreshCase has all that a change of a case may show in read again. */
export function refreshCase(queries: QueryClient): void {
  for (const key of [keys.case, keys.cases, keys.tasks, keys.boards, keys.sales, keys.agenda, keys.interactions]) void queries.invalidateQueries({ queryKey: key })
}

/** Where a participant or a party leads. */
export function partyPath(party: { client_id?: string; contact_id?: string }): string | undefined {
  if (party.contact_id !== undefined) return `/contacts/${party.contact_id}`
  return party.client_id === undefined ? undefined : `/clients/${party.client_id}`
}

/** editingCase is the case of a card for what changes it with its version. */
export function editingCase(queries: QueryClient, ref: string): Pick<Edited<Case, never>, 'current' | 'read' | 'show'> {
  return {
    current: () => queries.getQueryData<Versioned<Case>>(cardKey(ref)) ?? missing(),
    read: () => readCase(ref),
    show: (record) => queries.setQueryData(cardKey(ref), record),
  }
}
