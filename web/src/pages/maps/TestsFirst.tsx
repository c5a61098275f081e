import { Alert, Group, List, Loader, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMapTests } from '@/api/routeMaps'
import { Failure } from '@/ui/Failure'

import type { Report } from './Tests'

/** What the kept tests of a map say of a text that is about to be published. */
export interface Verdict {
  isPending: boolean
  report: Report | undefined
  error: unknown
  /** Something speaks against publishing: a test fails, or they cannot be run. */
  doubtful: boolean
}

/** useVerdict runs the tests that are kept of a map on a text; of a map that is not published yet, those that wait for it in this browser. What it has said stays while the text is on its way. */
export function useVerdict(source: string, target: string, published: boolean, waiting: string, going: boolean): Verdict {
  const read = useMapTests(published ? target : '')
  const tests = published ? (read.data?.data.source ?? '') : waiting
  const run = useQuery({
    queryKey: [...keys.mapTestRuns, source, tests],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/route-maps/test', { body: { source, tests }, signal })),
    enabled: tests.trim() !== '' && !going,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    gcTime: 0,
  })
  const error = read.data === undefined && read.isError ? read.error : run.error
  return { isPending: (published && read.isPending) || run.isLoading, report: run.data, error, doubtful: error !== null || (run.data?.failed ?? 0) > 0 }
}

const shown = 10

/** TestsFirst tells what the tests say before a map is published: a failing one is no reason that forbids it, but nobody should overlook it. */
export function TestsFirst({ verdict, unsaved }: { verdict: Verdict; unsaved: boolean }) {
  const { t } = useTranslation('maps')
  return (
    <Stack gap={4} role="region" aria-label={t('publish.tests.title')}>
      <Said verdict={verdict} />
      {unsaved && (
        <Text size="sm" c="dimmed">
          {t('publish.tests.unsaved')}
        </Text>
      )}
    </Stack>
  )
}

function Said({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation('maps')
  const { report, error } = verdict
  if (verdict.isPending) {
    return (
      <Group gap={8} role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{t('publish.tests.running')}</Text>
      </Group>
    )
  }
  if (error !== null) {
    const problem = asApiError(error)
    if (problem.code !== 'route_map_tests_invalid') return <Failure error={problem} />
    return (
      <Alert color="orange" role="alert" title={t('publish.tests.unreadable')}>
        {(problem.problem.errors ?? []).map((one, i) => (
          <Text key={i} size="sm">
            {t('problems.line', { line: one.line ?? 1 })} {[one.detail, one.hint].filter(Boolean).join(' — ')}
          </Text>
        ))}
      </Alert>
    )
  }
  if (report === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {t('publish.tests.none')}
      </Text>
    )
  }
  if (report.failed === 0) {
    return (
      <Group gap={6} role="status">
        <IconCircleCheck size={16} aria-hidden color="var(--mantine-color-green-6)" />
        <Text size="sm">{t('publish.tests.passed', { count: report.passed })}</Text>
      </Group>
    )
  }
  const failing = (report.tests ?? []).filter((test) => !test.passed)
  return (
    <Alert color="orange" role="alert" title={t('publish.tests.failed', { count: report.failed })}>
      <Text size="sm">{t('publish.tests.failedText')}</Text>
      <List size="sm" mt={4}>
        {failing.slice(0, shown).map((test, i) => (
          <List.Item key={i} style={{ overflowWrap: 'anywhere' }}>
            {test.name}: {test.failures?.[0]?.message}
          </List.Item>
        ))}
      </List>
      {failing.length > shown && <Text size="sm">{t('publish.tests.more', { count: failing.length - shown })}</Text>}
    </Alert>
  )
}
