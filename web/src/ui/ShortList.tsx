import { Button, Loader, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Failure } from './Failure'

interface PagedList {
  isPending: boolean
  isError: boolean
  data?: unknown
  error: unknown
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
  refetch: () => unknown
}

/** ShortList is a list in a block of a card: being read, refused, empty, or what there is and the way to more. */
export function ShortList({ list, empty, children }: { list: PagedList; empty: string | undefined; children: ReactNode }) {
  const { t } = useTranslation()
  if (list.isPending) return <Loader size="sm" aria-label={t('loading')} />
  if (list.isError && list.data === undefined) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  if (empty !== undefined) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    )
  }
  return (
    <>
      {children}
      {list.hasNextPage && (
        <Button size="compact-sm" variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </>
  )
}
