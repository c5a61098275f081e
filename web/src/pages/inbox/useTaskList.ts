import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import type { Task } from '@/ui/tasks/tasks'

/** Whose tasks a list shows: mine and my pools', or everybody's. */
export type Scope = 'me' | 'all'

export type TaskKind = Task['kind']

/** What a list of tasks is narrowed to. */
export interface TaskFilter {
  kind: TaskKind | undefined
  /** The number of a case. */
  case: string | undefined
  /** Whose work of everybody's: that of a user, by id, or what lies in the pool of a role, by key. */
  user: string | undefined
  role: string | undefined
  status: 'open' | 'completed'
  overdue: boolean
  /** Personal tasks and assignments that I have made or given. */
  given: boolean
  /** Those that nobody would do now. */
  unattended: boolean
  any: boolean
}

/** useTaskList reads a list of tasks, due first, page by page. */
export function useTaskList(scope: Scope, filter: TaskFilter) {
  const query = useInfiniteQuery({
    queryKey: [...keys.tasks, 'list', scope, filter],
    queryFn: ({ pageParam }) => {
      const page = { limit: 100, ...(pageParam === undefined ? {} : { after: pageParam }) }
      if (filter.unattended) return answer(api.GET('/api/v1/tasks/unattended', { params: { query: page } }))
      return answer(
        api.GET('/api/v1/tasks', {
          params: {
            query: {
              ...page, performer: filter.user ?? scope, status: filter.status, ...(filter.role === undefined ? {} : { role: filter.role }),
              ...(filter.kind === undefined ? {} : { kind: filter.kind }), ...(filter.case === undefined ? {} : { case: filter.case }), ...(filter.overdue ? { overdue: true } : {}), ...(filter.given ? { author: 'me' } : {}),
            },
          },
        }),
      )
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // Events tell of one's own tasks and of cases; a task of somebody else's that belongs to none is heard of later.
    refetchInterval: scope === 'all' || filter.given ? 60_000 : false,
  })
  const { data } = query
  const tasks = useMemo(() => data?.pages.flatMap((page) => page.items ?? []) ?? [], [data])
  return { query, tasks }
}
