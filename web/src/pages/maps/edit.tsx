import { Alert, Button, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUpload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Suspense, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams, useSearchParams } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useRouteMap, useVersion } from '@/api/routeMaps'
import { MissingPage } from '@/app/BrokenPage'
import { useMe, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import type { Code, Mark } from '@/ui/code/CodeEditor'
import type { Diagram } from '@/ui/diagram/layout'
import { StageList } from '@/ui/diagram/StageList'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { Page } from '@/ui/Page'
import { lazy } from '@/ui/lazy'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'

import { mapPlace, useDraft } from './draft'
import { useCompletion } from './completion'
import { DryRun } from './DryRun'
import classes from './maps.module.css'
import { Problems } from './Problems'
import { Publish } from './Publish'
import starter from './starter.yaml?raw'
import { isSaveKey } from './saveKey'
import { Tests } from './Tests'
import { useSaveTests, useTests } from './useTests'

const CodeEditor = lazy(() => import('@/ui/code/CodeEditor'))
const MapDiagram = lazy(() => import('@/ui/diagram/MapDiagram'))

/** EditMap is where a designer writes a map and tries it out before it is published (R15, R53). */
export default function EditMap() {
  const { id } = useParams()
  const designs = useRight('design')
  const me = useMe()
  const { t } = useTranslation()
  const map = useRouteMap(id ?? '')
  // What one is writing stays where it is while a colleague's version is being read.
  const newest = useVersion(id ?? '', map.data?.data.version, true)
  if (!designs || me === undefined) return <MissingPage />
  if (id === undefined) return <Desk key="new" user={me.id} id="" name="" version={0} published={starter} />
  // What has been read stays when it cannot be read again.
  const problem = (map.data === undefined ? map.error : null) ?? (newest.data === undefined ? newest.error : null)
  if (problem !== null) return asApiError(problem).status === 404 ? <MissingPage /> : <Failure error={problem} onRetry={() => void map.refetch()} />
  if (map.data === undefined || newest.data === undefined) return <Skeleton height={480} radius="md" role="status" aria-label={t('loading')} />
  return <Desk key={id} user={me.id} id={id} name={map.data.data.name} version={newest.data.version} published={newest.data.source ?? ''} />
}

interface DeskProps {
  user: string
  id: string
  name: string
  /** The newest version and its text; of a new map 0 and what one begins with. */
  version: number
  published: string
}

function Desk({ user, id, name, version, published }: DeskProps) {
  const { t } = useTranslation('maps')
  const { draft, keep, drop, kept } = useDraft(mapPlace(user, id === '' ? 'new' : id))
  const tests = useTests(user, id)
  const saving = useSaveTests(id, tests)
  const source = draft?.source ?? published
  const base = draft?.base ?? version
  const [params, setParams] = useSearchParams()
  const tab = ['run', 'tests'].find((one) => one === params.get('tab')) ?? 'diagram'
  const [publishing, setPublishing] = useState(false)
  const code = useRef<Code>(null)
  const complete = useCompletion()
  const { lint, current, marks, problems } = useLint(source)
  const title = id === '' ? t('new') : t('editing', { name })
  const changed = draft !== undefined && draft.source !== published
  const discard = () =>
    askFirst({
      title: t('draft.discardTitle'), children: <Text size="sm">{t('draft.discardText')}</Text>, labels: { cancel: t('draft.stay'), confirm: t('draft.discard') },
      confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: drop,
    })
  return (
    <Page
      title={title}
      actions={
        <>
          {changed && (
            <Button variant="default" onClick={discard}>
              {t('draft.discard')}
            </Button>
          )}
          <Button leftSection={<IconUpload size={16} aria-hidden />} disabled={!current || lint?.valid !== true || (id !== '' && !changed)} onClick={() => setPublishing(true)}>
            {t('publish.button')}
          </Button>
        </>
      }
    >
      <Stack gap="sm">
        <Where id={id} draftAt={changed ? draft.at : undefined} kept={kept} />
        {id !== '' && changed && base < version && <Overtaken version={version} base={base} onTake={drop} onGoOn={() => keep(source, version)} />}
        {lint !== undefined && id !== '' && lint.id !== undefined && lint.id !== id && <Alert color="orange">{t('otherID', { id: lint.id })}</Alert>}
        <div className={classes.halves}>
          <Stack
            gap="xs"
            onKeyDown={(event) => {
              if (!isSaveKey(event)) return
              // Whoever writes the map's text does not mean its tests, which the key saves everywhere else.
              event.preventDefault()
              event.stopPropagation()
              if (kept) tell.done(t('draft.byItself'))
            }}
          >
            <Suspense fallback={<Skeleton height="60vh" radius="md" />}>
              <CodeEditor ref={code} label={t('editor.label')} value={source} onChange={(text) => keep(text, base)} marks={marks} complete={complete} />
            </Suspense>
            <Text size="xs" c="dimmed" visibleFrom="sm">
              {t('editor.keys')}
            </Text>
            <Problems problems={problems} checking={!current} valid={lint?.valid} onGo={(line, column) => code.current?.goTo(line, column)} />
          </Stack>
          <Tabs value={tab} onChange={(value) => setParams(value === null || value === 'diagram' ? {} : { tab: value }, { replace: true })} keepMounted={false}>
            <Tabs.List mb="sm" aria-label={t('editor.beside')}>
              <Tabs.Tab value="diagram">{t('views.diagram')}</Tabs.Tab>
              <Tabs.Tab value="run">{t('dryRun')}</Tabs.Tab>
              <Tabs.Tab value="tests">{t('tests.title')}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="diagram">
              <Beside lint={lint} onGo={(line) => code.current?.goTo(line)} />
            </Tabs.Panel>
            <Tabs.Panel value="run">
              <DryRun source={source} lint={lint} sound={current && lint?.valid === true} />
            </Tabs.Panel>
            <Tabs.Panel value="tests">
              <Tests source={source} id={id} named={id === '' ? (lint?.id ?? '') : id} tests={tests} saving={saving} />
            </Tabs.Panel>
          </Tabs>
        </div>
      </Stack>
      {publishing && <Publish source={source} published={published} base={base} id={id} target={lint?.id ?? id} user={user} tests={tests} onClose={() => setPublishing(false)} onPublished={drop} />}
    </Page>
  )
}

type Lint = Schema<'LintOutputBody'>

/** useLint has the text checked as one types. An answer about an earlier text never takes the place of one about a later text. */
function useLint(source: string): { lint: Lint | undefined; current: boolean; marks: Mark[]; problems: Problem[] } {
  const [settled] = useDebouncedValue(source, 350)
  const { data, isPlaceholderData } = useQuery({
    queryKey: [...keys.routeMaps, 'lint', settled],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/route-maps/lint', { body: { source: settled }, signal })),
    enabled: settled !== '',
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  })
  const problems = useMemo<Problem[]>(
    () => [...(data?.errors ?? []).map((one) => ({ ...one, severity: 'error' as const })), ...(data?.warnings ?? []).map((one) => ({ ...one, severity: 'warning' as const }))],
    [data],
  )
  const marks = useMemo(() => problems.map((one) => ({ line: one.line ?? 1, column: one.column ?? 1, severity: one.severity, message: [one.detail, one.hint].filter(Boolean).join(' — ') })), [problems])
  return { lint: data, current: data !== undefined && !isPlaceholderData && settled === source, marks, problems }
}

/** What is wrong with a map, or worth a look. */
export type Problem = Schema<'ProblemField'> & { severity: 'error' | 'warning' }

/** Where says what becomes of what one writes. */
function Where({ id, draftAt, kept }: { id: string; draftAt: string | undefined; kept: boolean }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  if (!kept) return <Alert color="red">{t('draft.noRoom')}</Alert>
  return (
    <Text size="sm" c="dimmed">
      {draftAt === undefined ? t(id === '' ? 'draft.newText' : 'draft.none') : t('draft.kept', { when: format.ago(draftAt) })}
    </Text>
  )
}

/** Overtaken: a colleague has published meanwhile. Neither text is lost: one takes his, or goes on with one's own on top of it. */
function Overtaken({ version, base, onTake, onGoOn }: { version: number; base: number; onTake: () => void; onGoOn: () => void }) {
  const { t } = useTranslation('maps')
  return (
    <Alert color="orange" title={t('overtaken.title', { version })} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t('overtaken.text', { base })}</Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={onGoOn}>
            {t('overtaken.goOn')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onTake}>
            {t('overtaken.take')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

/** Beside is the diagram of what is written; while it cannot be read, the last one that could, faded. */
function Beside({ lint, onGo }: { lint: Lint | undefined; onGo: (line: number) => void }) {
  const { t } = useTranslation('maps')
  const [good, setGood] = useState<Diagram>()
  const [selected, setSelected] = useState<string>()
  if (lint?.diagram !== undefined && lint.diagram !== good) setGood(lint.diagram)
  if (good === undefined) return lint === undefined ? <Skeleton height={480} radius="md" /> : <Empty title={t('diagram.none')} text={t('diagram.noneText')} />
  const select = (path: string | undefined) => {
    setSelected(path)
    const line = (good.stages ?? []).find((stage) => stage.path === path)?.line
    if (line !== undefined) onGo(line)
  }
  return (
    <Stack gap="xs">
      {lint !== undefined && lint.diagram === undefined && <Alert color="orange">{t('diagram.old')}</Alert>}
      <Suspense fallback={<Skeleton height={480} radius="md" />}>
        <MapDiagram diagram={good} height={480} selected={selected} onSelect={select} faded={lint?.diagram === undefined} />
      </Suspense>
      <details className={classes.details}>
        <summary>{t('diagram.stages')}</summary>
        <StageList diagram={good} selected={selected} onSelect={select} />
      </details>
      <Text size="xs" c="dimmed">
        {t('diagram.goTo')}
      </Text>
    </Stack>
  )
}
