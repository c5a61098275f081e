import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { useState } from 'react'

import type { ListPage } from './ListTable'
import { Sight } from './pagesAgain'

type After = string | undefined

/**
 * useList reads a list page by page; read is given what the page before said in `next`. Where the list tells what of it is in sight, by
 * `see`, only that is read again when something has happened: what is above waits until it is in sight, and what is below until one comes there.
 */
export function useList<T>(key: readonly unknown[], read: (after: After) => Promise<ListPage<T>>) {
  const queries = useQueryClient()
  const [sight] = useState(() => new Sight())
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => {
      const kept = queries.getQueryData<InfiniteData<ListPage<T>, After>>(key)
      const further = queries.getQueryCache().find({ queryKey: key, exact: true })?.state.fetchMeta?.fetchMore !== undefined
      return (kept === undefined || further ? undefined : sight.again(kept, pageParam)) ?? read(pageParam)
    },
    initialPageParam: undefined as After,
    getNextPageParam: (page) => page.next,
  })
  const { refetch } = list
  const see = (first: number, last: number) => {
    if (sight.move(first, last)) void refetch()
  }
  return Object.assign(list, { see })
}
