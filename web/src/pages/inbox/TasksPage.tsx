import { Button, Skeleton, Tabs } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowLeft, IconPlus } from '@tabler/icons-react'
import { Suspense, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useNavigate, useParams } from 'react-router'

import { useRight } from '@/app/session'
import { Empty } from '@/ui/Empty'
import { Page } from '@/ui/Page'
import { lazy } from '@/ui/lazy'
import { useShortcuts } from '@/ui/shortcuts'

import classes from './inbox.module.css'
import { Filters, useTaskFilter } from './Filters'
import { TaskList } from './TaskList'
import { useTaskList, type Scope } from './useTaskList'

// A list is there before a task is opened: what a task needs comes when the hand is on its way to one.
const loadPanel = () => import('@/ui/tasks/TaskPanel')
const TaskPanel = lazy(async () => ({ default: (await loadPanel()).TaskPanel }))
const NewTask = lazy(() => import('@/ui/tasks/NewTask'))

const roots: Record<Scope, string> = { me: '/inbox', all: '/tasks' }

/** TasksPage is a list of tasks with the one that is open beside it; on a telephone it is either. */
export function TasksPage({ scope }: { scope: Scope }) {
  const { t } = useTranslation('inbox')
  const { task: openID } = useParams()
  const { search } = useLocation()
  const navigate = useNavigate()
  const narrow = useMediaQuery('(max-width: 62em)') ?? false
  const works = useRight('work')
  const [making, setMaking] = useState(false)
  const [filter, setFilter] = useTaskFilter(scope)
  const list = useTaskList(scope, filter)
  const panel = useRef<HTMLElement>(null)
  const root = roots[scope]
  const to = (id: string) => `${root}/${id}${search}`
  const [cursor, setCursor] = useState<string>()
  const { tasks } = list
  const at = tasks.findIndex((task) => task.id === (cursor ?? openID))
  const step = (by: number) => {
    const next = tasks[Math.min(tasks.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    setCursor(next.id)
    if (openID !== undefined && !narrow) void navigate(to(next.id), { replace: true })
  }
  useShortcuts([
    { code: 'KeyJ', shown: 'J', does: t('keys.next'), run: () => step(1) },
    { code: 'KeyK', shown: 'K', does: t('keys.previous'), run: () => step(-1) },
    { code: 'Enter', shown: 'Enter', does: t('keys.open'), run: () => cursor !== undefined && void navigate(to(cursor)) },
    { code: 'KeyE', shown: 'E', does: t('keys.complete'), run: () => panel.current?.querySelector<HTMLElement>('[data-first-action]')?.focus() },
    ...(works ? [{ code: 'KeyN', shown: 'N', does: t('new'), run: () => setMaking(true) }] : []),
  ])
  const openAt = tasks.findIndex((task) => task.id === openID)
  const afterOpen = openAt < 0 ? tasks[0] : (tasks[openAt + 1] ?? tasks[openAt - 1])
  const showsList = !narrow || openID === undefined
  return (
    <Page
      title={t(scope === 'me' ? 'title' : 'all')}
      actions={
        works && (
          <Button variant="light" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t('new')}
          </Button>
        )
      }
    >
      {showsList && (
        <Tabs value={scope} onChange={(value) => void navigate(roots[value === 'all' ? 'all' : 'me'])} mb="sm">
          <Tabs.List aria-label={t('lists')}>
            <Tabs.Tab value="me">{t('title')}</Tabs.Tab>
            <Tabs.Tab value="all">{t('all')}</Tabs.Tab>
          </Tabs.List>
          {/* The lists are this page's body; each tab needs its panel to be one. */}
          <Tabs.Panel value={scope} pt="sm">
            <Filters scope={scope} filter={filter} onChange={setFilter} />
          </Tabs.Panel>
        </Tabs>
      )}
      <div className={classes.split} onPointerOver={() => void loadPanel()} onFocus={() => void loadPanel()}>
        {showsList && <TaskList list={list} scope={scope} filtered={filter.any} openID={openID} cursor={cursor} onCursor={setCursor} to={to} />}
        {(openID !== undefined || !narrow) && (
          <section className={`panel ${classes.beside}`} ref={panel} aria-label={t('task')}>
            {openID === undefined ? (
              <Empty title={t('choose')} text={t('chooseText')} />
            ) : (
              <>
                {narrow && (
                  <Button component={Link} to={root + search} variant="subtle" leftSection={<IconArrowLeft size={16} aria-hidden />} m={4}>
                    {t('toList')}
                  </Button>
                )}
                <Suspense fallback={<Skeleton h={240} m="md" radius="sm" />}>
                  <TaskPanel id={openID} to={to} nextInList={afterOpen?.id === openID ? undefined : afterOpen} focus={narrow || cursor === openID} />
                </Suspense>
              </>
            )}
          </section>
        )}
      </div>
      {making && (
        <Suspense fallback={null}>
          <NewTask onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </Page>
  )
}
