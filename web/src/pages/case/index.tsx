import { Skeleton, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import { asApiError } from '@/api/problem'
import { MissingPage } from '@/app/BrokenPage'
import { useRight } from '@/app/session'
import { useFollow } from '@/app/Workplace'
import { Failure } from '@/ui/Failure'
import { useTitle } from '@/ui/Page'

import { CardProvider, refreshCase, useCase, useChange, useRoute, useStanding, type Card } from './card'
import classes from './case.module.css'
import { Details } from './Details'
import { Feed } from './Feed'
import { Head } from './Head'
import { Side } from './Side'

/** The card of a case, by its id or number: what it is about, its feed, its route and what one can do with it (R42). */
export default function CasePage() {
  const { ref = '' } = useParams()
  return <CaseCard key={ref} caseRef={ref} />
}

function CaseCard({ caseRef }: { caseRef: string }) {
  // All that its parts may come to say is there from the beginning: a text that came later would take away the field one types in.
  useTranslation(['case', 'client', 'edit', 'files', 'interactions', 'tasks'])
  const queries = useQueryClient()
  const record = useCase(caseRef)
  const route = useRoute(caseRef)
  const shown = record.data?.data
  const standing = useStanding(caseRef, shown)
  const change = useChange(caseRef)
  const mayWork = useRight('work')
  useFollow(shown?.id)
  useTitle(shown === undefined ? caseRef : `${shown.number} ${shown.topic}`)
  const card = useMemo<Card | undefined>(
    () => shown && { ref: caseRef, shown, route: route.data, standing, mayWork, change, again: () => refreshCase(queries) },
    [caseRef, shown, route.data, standing, mayWork, change, queries],
  )
  if (card === undefined) {
    if (!record.isError) return <Loading />
    return asApiError(record.error).status === 404 ? <MissingPage /> : <Failure error={record.error} onRetry={() => void record.refetch()} />
  }
  return (
    <CardProvider value={card}>
      <Head />
      <div className={classes.grid}>
        <div className={`${classes.side} ${classes.column}`}>
          <Suspense fallback={<Skeleton height={120} radius="md" />}>
            <Side />
          </Suspense>
        </div>
        <div className={`${classes.details} ${classes.column}`}>
          <Suspense fallback={<Skeleton height={120} radius="md" />}>
            <Details />
          </Suspense>
        </div>
        <div className={classes.feed}>
          <Feed />
        </div>
      </div>
    </CardProvider>
  )
}

function Loading() {
  return (
    <Stack role="status" aria-busy>
      <Skeleton height={96} radius="md" />
      <Skeleton height={420} radius="md" />
    </Stack>
  )
}
