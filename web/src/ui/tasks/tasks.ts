import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { heads, useDepartments, useUsers } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useMe, useRight, type Me } from '@/app/session'
import type { Format } from '@/i18n/format'
import { tell } from '@/ui/tell'

export type Task = Schema<'Task'>
export type Outcome = Schema<'Outcome'>

/** useTask is a task as it is now, by id. */
export function useTask(id: string | undefined) {
  return useQuery({
    queryKey: [...keys.tasks, 'one', id],
    queryFn: () => answer(api.GET('/api/v1/tasks/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: id !== undefined,
  })
}

/** Whether a task is somebody's own: made by a person (R10), not by a route. */
export const isOwn = (task: Task): boolean => task.kind === 'personal' || task.kind === 'assignment'

const inPool = (task: Task, me: Me): boolean =>
  (task.performer.role !== undefined && (me.roles ?? []).includes(task.performer.role)) || (task.performer.department_id !== undefined && task.performer.department_id === me.department_id)

/** What the signed-in user can do with tasks, as the server will decide it: what it would refuse is not offered. */
export interface Abilities {
  take: (task: Task) => boolean
  release: (task: Task) => boolean
  delegate: (task: Task) => boolean
  complete: (task: Task) => boolean
  /** Changes a personal task or an assignment. */
  edit: (task: Task) => boolean
  /** Moves the deadline of a task of a route. */
  moveDeadline: (task: Task) => boolean
}

/** useAbilities tells what the signed-in user can do with a task. Those who lead may act for others. */
export function useAbilities(): Abilities {
  const me = useMe()
  const works = useRight('work')
  const leads = useRight('lead')
  const users = useUsers()
  const departments = useDepartments()
  const mine = (task: Task) => me !== undefined && (task.performer.user_id === me.id || task.taken_by === me.id || (task.in_place_of !== undefined && [task.performer.user_id, task.taken_by].includes(task.in_place_of)))
  const can = (test: (task: Task, me: Me) => boolean) => (task: Task) => works && me !== undefined && task.status === 'open' && test(task, me)
  return {
    take: can((task, who) => !isOwn(task) && task.performer.user_id === undefined && task.taken_by === undefined && (leads || inPool(task, who))),
    release: can((task) => !isOwn(task) && task.taken_by !== undefined && (leads || mine(task))),
    delegate: can((task, who) => !isOwn(task) && (leads || mine(task) || (task.taken_by === undefined && inPool(task, who)) || task.case?.responsible_id === who.id)),
    complete: can((task, who) => !isOwn(task) && (leads || mine(task) || inPool(task, who))),
    edit: can((task, who) => isOwn(task) && (leads || task.author_id === who.id)),
    moveDeadline: can((task, who) => !isOwn(task) && task.case !== undefined && (leads || task.case.responsible_id === who.id || heads(who.id, users.find((user) => user.id === task.case?.responsible_id), departments))),
  }
}

/** refreshTasks has everything read again that a task's change may have changed. */
export async function refreshTasks(queries: QueryClient, caseID?: string): Promise<void> {
  const roots: (readonly unknown[])[] = [keys.tasks, keys.cases, keys.case, keys.sales, keys.agenda, keys.boards, keys.interactions]
  if (caseID === undefined) roots.splice(1)
  await Promise.all(roots.map((queryKey) => queries.invalidateQueries({ queryKey })))
}

export type Move = { kind: 'take' | 'release' } | { kind: 'delegate'; to: string }

/** moveTask takes a task, gives it back to its pool, or hands it to a colleague. */
export function moveTask(id: string, move: Move): Promise<Task> {
  const params = { path: { id } }
  switch (move.kind) {
    case 'take':
      return answer(api.POST('/api/v1/tasks/{id}/take', { params }))
    case 'release':
      return answer(api.POST('/api/v1/tasks/{id}/release', { params }))
    case 'delegate':
      return answer(api.POST('/api/v1/tasks/{id}/delegate', { params, body: { user_id: move.to } }))
  }
}

/** What became of several tasks moved at once. */
export interface Moved {
  done: string[]
  refused: { id: string; error: unknown }[]
}

/** moveAll moves several tasks, each by itself: one that is refused keeps none of the others. It tells after each how many are done. */
async function moveAll(ids: string[], move: Move, onStep?: (count: number) => void): Promise<Moved> {
  const moved: Moved = { done: [], refused: [] }
  for (const [i, id] of ids.entries()) {
    await moveTask(id, move).then(
      () => moved.done.push(id),
      (error: unknown) => moved.refused.push({ id, error }),
    )
    onStep?.(i + 1)
  }
  return moved
}

/** What is moved: tasks by id, what they are called if there are several, and how. */
interface Moving {
  ids: string[]
  move: Move
  nameOf?: (id: string) => string
}

/**
 * useMoveTasks moves one task or several, and says what became of it, also of those that were refused; `progress` is how many it has gone
 * through. What was taken can be given back at once.
 */
export function useMoveTasks(onMoved?: (moved: Moved) => void) {
  const { t } = useTranslation('tasks')
  const queries = useQueryClient()
  const [progress, setProgress] = useState(0)
  const tellRefused = ({ refused }: Moved, nameOf: Moving['nameOf']) => {
    const [first] = refused
    if (first === undefined) return
    if (nameOf === undefined) tell.problem(first.error)
    else tell.refused(t('refusedOf', { count: refused.length, names: refused.map(({ id }) => nameOf(id)).join(', ') }), first.error)
  }
  const moving = useMutation({
    mutationFn: ({ ids, move }: Moving) => {
      setProgress(0)
      return moveAll(ids, move, setProgress)
    },
    onSuccess: async (moved, { move, nameOf }) => {
      const giveBack = async () => {
        tellRefused(await moveAll(moved.done, { kind: 'release' }), nameOf)
        await refreshTasks(queries)
      }
      tellRefused(moved, nameOf)
      if (moved.done.length > 0) tell.done(t(`moved.${move.kind}`, { count: moved.done.length }), move.kind === 'take' ? () => void giveBack() : undefined)
      onMoved?.(moved)
      await refreshTasks(queries)
    },
  })
  return { ...moving, progress }
}

export type Urgency = 'overdue' | 'today' | 'later' | 'undated'

/** urgencyOf is where a task stands among what is to be done: past its time first. */
export function urgencyOf(task: Task, format: Format, now: Date): Urgency {
  if (task.due_at === undefined) return task.overdue ? 'overdue' : 'undated'
  if (isLate(task, now)) return 'overdue'
  return format.dayKey(new Date(task.due_at)) === format.dayKey(now) ? 'today' : 'later'
}

/** isLate tells whether an open task is past its deadline, also where the route has not marked it yet. */
export function isLate(task: Task, now: Date): boolean {
  return task.status === 'open' && (task.overdue || (task.due_at !== undefined && new Date(task.due_at) < now))
}
