import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconPlayerPlay } from '@tabler/icons-react'
import { Suspense, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import type { Code, Mark } from '@/ui/code/CodeEditor'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'

import { Difference } from './Difference'
import classes from './maps.module.css'
import { useSaveKey } from './saveKey'
import type { DeskTests, Saving } from './useTests'

const CodeEditor = lazy(() => import('@/ui/code/CodeEditor'))

export type Report = Schema<'TestReport'>
type Fault = Schema<'ProblemField'>

interface Props {
  /** The map's text, on which the tests are run as it is written. */
  source: string
  /** Of the map; empty: a new one, which its text calls `named`. */
  id: string
  named: string
  tests: DeskTests
  saving: Saving
}

/** Tests has the tests of a map, which are everybody's who writes maps: it runs them on what is written now, and saves them (R37, R53). */
export function Tests({ source, id, named, tests, saving }: Props) {
  const { t } = useTranslation('maps')
  const { stored, changed } = tests
  const code = useRef<Code>(null)
  const text = tests.source === '' && tests.draft === undefined ? example(named) : tests.source
  const run = useMutation({ mutationFn: () => answer(api.POST('/api/v1/route-maps/test', { body: { source, tests: text } })) })
  const { draft, overtaken } = tests
  const sending = { source: text, base: changed && draft !== undefined ? draft.base : (stored?.version ?? 0) }
  const runThem = () => {
    // The example that one has run on a new map are its tests: it is published with them.
    if (id === '' && draft === undefined) tests.keep(text, 0)
    run.mutate()
  }
  // What one has begun with may be saved as it is.
  const ready = id !== '' && stored !== undefined && text !== stored.source && !overtaken && text.trim() !== ''
  // From elsewhere on the page only what has been changed: nobody saves what he does not look at.
  useSaveKey(id !== '', (within) => ready && (changed || within) && saving.save(sending))
  const ran = run.isError ? asApiError(run.error) : undefined
  // Of a colleague's tests both texts are shown instead.
  const refused = saving.error === undefined || (overtaken && asApiError(saving.error).status === 412) ? undefined : asApiError(saving.error)
  const marks = useMemo<Mark[]>(
    () => [
      ...failures(run.data),
      ...faults(ran?.code === 'route_map_tests_invalid' ? ran.problem.errors : undefined),
      ...faults(refused?.problem.errors),
      ...(ran === undefined && !changed ? faults(stored?.errors) : []),
    ],
    [run.data, ran, refused, changed, stored],
  )
  if (tests.error !== null) return <Failure error={tests.error} onRetry={() => void tests.reread()} />
  if (tests.isPending) return <Skeleton height={380} radius="md" role="status" aria-label={t('loading', { ns: 'common' })} />
  const go = (line: number) => code.current?.goTo(line)
  return (
    <Stack gap="xs">
      <Text size="sm">{t('tests.text')}</Text>
      <Where id={id} tests={tests} />
      {overtaken && <Overtaken tests={tests} />}
      <Suspense fallback={<Skeleton height={300} radius="md" />}>
        <CodeEditor
          ref={code}
          label={t('tests.label')}
          value={text}
          marks={marks}
          height="300px"
          onChange={(next) => {
            saving.reset()
            if (next === stored?.source && next !== '') tests.drop()
            else tests.keep(next, sending.base)
          }}
        />
      </Suspense>
      <Group gap="sm">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={run.isPending} disabled={text.trim() === ''} onClick={runThem}>
          {t('tests.run')}
        </Button>
        {id !== '' && (
          <Button variant="default" loading={saving.isPending} disabled={!ready} onClick={() => saving.save(sending)}>
            {t('tests.save')}
          </Button>
        )}
        <Back id={id} tests={tests} onDone={saving.reset} />
      </Group>
      {id !== '' && (
        <Text size="xs" c="dimmed" visibleFrom="sm">
          {t('tests.keys')}
        </Text>
      )}
      {refused !== undefined && <Failure error={refused} />}
      {ran !== undefined && <Failure error={ran} />}
      {ran === undefined && !changed && <Unfinished errors={stored?.errors ?? []} onGo={go} />}
      {run.data !== undefined && <Results report={run.data} onGo={go} />}
    </Stack>
  )
}

const failures = (report: Report | undefined): Mark[] => (report?.tests ?? []).flatMap((test) => (test.failures ?? []).map((one) => ({ line: one.line, column: 1, severity: 'error' as const, message: one.message })))

const faults = (found: readonly Fault[] | null | undefined): Mark[] => (found ?? []).map((one) => ({ line: one.line ?? 1, column: one.column ?? 1, severity: 'error', message: [one.detail, one.hint].filter(Boolean).join(' — ') }))

/** Where says whose the text is, who changed it last, and what becomes of what one writes. */
function Where({ id, tests }: { id: string; tests: DeskTests }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const userName = useUserName()
  const { stored, draft, changed } = tests
  if (!tests.kept) return <Alert color="red">{t('tests.noRoom')}</Alert>
  const whose = () => {
    if (id === '') return t('tests.where.new')
    if (stored === undefined || stored.origin === 'none') return t('tests.where.none')
    if (stored.origin === 'shipped') return t('tests.where.shipped')
    return t('tests.where.changed', { who: userName(stored.updated_by), when: format.ago(stored.updated_at ?? '') })
  }
  return (
    <>
      <Text size="sm" c="dimmed">
        {whose()}
      </Text>
      {changed && draft !== undefined && id !== '' && (draft.at !== '' || !tests.overtaken) && (
        <Text size="sm" role="status" fw={600}>
          {draft.at === '' ? t('tests.early') : t('tests.unsaved', { when: format.ago(draft.at) })}
        </Text>
      )}
    </>
  )
}

/** Overtaken shows what a colleague has made of the tests meanwhile beside one's own: one takes it, or goes on with one's own on top of it. */
function Overtaken({ tests }: { tests: DeskTests }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const userName = useUserName()
  const { stored, draft } = tests
  if (stored === undefined || draft === undefined) return null
  const who = stored.updated_at === undefined ? t('tests.overtaken.taken') : t('tests.where.changed', { who: userName(stored.updated_by), when: format.ago(stored.updated_at) })
  return (
    <Alert color="orange" role="alert" title={t(draft.at === '' ? 'tests.overtaken.titleEarly' : 'tests.overtaken.title')}>
      <Stack gap="xs">
        <Text size="sm">
          {who} {t('tests.overtaken.text')}
        </Text>
        <Difference before={stored.source} after={draft.source} label={t('tests.overtaken.difference')} />
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => tests.keep(draft.source, stored.version)}>
            {t('tests.overtaken.goOn')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={tests.drop}>
            {t('tests.overtaken.take')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

/** Back takes back what one has written, or what the company has. */
function Back({ id, tests, onDone }: { id: string; tests: DeskTests; onDone: () => void }) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const { stored, draft } = tests
  const remove = useMutation({
    // What a colleague has saved since one was asked is not taken back with it.
    mutationFn: (version: number) => answer(api.DELETE('/api/v1/route-maps/{id}/tests', { params: { path: { id }, header: { 'If-Match': `"${version}"` } } })),
    onSuccess: async () => {
      tell.done(t(stored?.origin === 'own' ? 'tests.deleted' : 'tests.restored'))
      tests.drop()
      onDone()
      await tests.reread()
    },
    onError: (error) => {
      tell.problem(error)
      return tests.reread()
    },
  })
  const ask = (title: string, text: string, onConfirm: () => void) =>
    askFirst({ title, children: <Text size="sm">{text}</Text>, labels: { cancel: common('cancel'), confirm: title }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm })
  const discard = () => {
    tests.drop()
    onDone()
  }
  const own = stored?.origin === 'own'
  const emptied = draft?.source.trim() === '' && (stored?.source ?? '') === ''
  return (
    <>
      {emptied && (
        <Button variant="subtle" onClick={discard}>
          {t('tests.example')}
        </Button>
      )}
      {draft !== undefined && tests.changed && (
        <Button variant="subtle" onClick={() => ask(t('tests.discard'), t('tests.discardText'), discard)}>
          {t('tests.discard')}
        </Button>
      )}
      {(own || stored?.origin === 'changed') && (
        <Button variant="subtle" color="red" loading={remove.isPending} onClick={() => ask(t(own ? 'tests.delete' : 'tests.restore'), t(own ? 'tests.deleteText' : 'tests.restoreText'), () => remove.mutate(stored?.version ?? 0))}>
          {t(own ? 'tests.delete' : 'tests.restore')}
        </Button>
      )}
    </>
  )
}

/** Unfinished says what keeps the saved tests from being run. */
function Unfinished({ errors, onGo }: { errors: readonly Fault[]; onGo: (line: number) => void }) {
  const { t } = useTranslation('maps')
  if (errors.length === 0) return null
  return (
    <Alert color="orange" title={t('tests.unfinished')}>
      {errors.map((one, i) => (
        <Button key={i} variant="subtle" size="compact-sm" onClick={() => onGo(one.line ?? 1)} styles={{ label: { whiteSpace: 'normal', textAlign: 'left' } }} h="auto">
          {t('problems.line', { line: one.line ?? 1 })} {[one.detail, one.hint].filter(Boolean).join(' — ')}
        </Button>
      ))}
    </Alert>
  )
}

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
