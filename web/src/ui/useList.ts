import { useInfiniteQuery } from '@tanstack/react-query'

import type { ListPage } from './ListTable'

/** useList reads a list page by page; read is given what the page before said in `next`. */
export function useList<T>(key: readonly unknown[], read: (after: string | undefined) => Promise<ListPage<T>>) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  })
}
