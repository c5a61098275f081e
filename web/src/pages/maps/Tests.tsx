import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconPlayerPlay } from '@tabler/icons-react'
import { Suspense, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import type { Code, Mark } from '@/ui/code/CodeEditor'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'

import classes from './maps.module.css'

const CodeEditor = lazy(() => import('@/ui/code/CodeEditor'))

type Report = Schema<'TestReport'>

/** Tests runs the tests of a map on what is written now, and says which passed, what was not as expected, and which outcomes none chooses. */
export function Tests({ source, map, user }: { source: string; map: string; user: string }) {
  const { t } = useTranslation('maps')
  const key = `marshrut.map.tests.${user}.${map}`
  const [tests, setTests] = useState(() => localStorage.getItem(key) ?? example(map))
  const code = useRef<Code>(null)
  const run = useMutation({ mutationFn: () => answer(api.POST('/api/v1/route-maps/test', { body: { source, tests } })) })
  const problem = run.isError ? asApiError(run.error) : undefined
  const marks = useMemo<Mark[]>(() => [...failures(run.data), ...(problem?.code === 'route_map_tests_invalid' ? (problem.problem.errors ?? []).map((one) => ({ line: one.line ?? 1, column: one.column ?? 1, severity: 'error' as const, message: one.detail })) : [])], [run.data, problem])
  const change = (text: string) => {
    setTests(text)
    localStorage.setItem(key, text)
  }
  return (
    <Stack gap="xs">
      <Text size="sm">{t('tests.text')}</Text>
      <Suspense fallback={<Skeleton height={300} radius="md" />}>
        <CodeEditor ref={code} label={t('tests.label')} value={tests} onChange={change} marks={marks} height="300px" />
      </Suspense>
      <Group>
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={run.isPending} onClick={() => run.mutate()}>
          {t('tests.run')}
        </Button>
      </Group>
      {problem !== undefined && <Failure error={problem} />}
      {run.data !== undefined && <Results report={run.data} onGo={(line) => code.current?.goTo(line)} />}
    </Stack>
  )
}

const failures = (report: Report | undefined): Mark[] => (report?.tests ?? []).flatMap((test) => (test.failures ?? []).map((one) => ({ line: one.line, column: 1, severity: 'error' as const, message: one.message })))

function Results({ report, onGo }: { report: Report; onGo: (line: number) => void }) {
  const { t } = useTranslation('maps')
  const untried = report.untried ?? []
  return (
    <section className="panel" style={{ padding: 10 }} aria-label={t('tests.results')}>
      <Text size="sm" fw={600} role="status">
        {t('tests.passed', { count: report.passed })} · {t('tests.failed', { count: report.failed })}
      </Text>
      <ul className={classes.problems}>
        {(report.tests ?? []).map((test, i) => (
          <li key={i} className={classes.problem}>
            {test.passed ? <IconCircleCheck size={16} aria-label={t('tests.ok')} color="var(--mantine-color-green-6)" /> : <IconCircleX size={16} aria-label={t('tests.wrong')} color="var(--mantine-color-error)" />}
            <div>
              <Text size="sm">{test.name}</Text>
              {(test.failures ?? []).map((one, k) => (
                <Button key={k} variant="subtle" size="compact-xs" onClick={() => onGo(one.line)} styles={{ label: { whiteSpace: 'normal', textAlign: 'left' } }} h="auto">
                  {t('problems.line', { line: one.line })} {one.message}
                </Button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      {untried.length > 0 && (
        <Text size="xs" c="dimmed">
          {t('tests.untried', { list: untried.join(', ') })}
        </Text>
      )}
    </section>
  )
}

/** example is what the tests of a map that has none yet begin with: the format of docs/route-maps.md. */
const example = (map: string) => `map: ${map}
calendar: ru
tests:
  - name: a case begins
    start:
      at: 2026-03-02T10:00:00+03:00
      expect: {status: open}
`
