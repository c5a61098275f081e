import { ActionIcon, Button, Checkbox, Group, Loader, Skeleton, Stack, Text } from '@mantine/core'
import { IconUserShare, IconUsers, IconX } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { usePerformerName, useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { Due, KindBadge, When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { isLate, urgencyOf, type Task, type Urgency } from '@/ui/tasks/tasks'

import { Bulk } from './Bulk'
import classes from './inbox.module.css'
import type { Scope, useTaskList } from './useTaskList'

interface Props {
  list: ReturnType<typeof useTaskList>
  scope: Scope
  filtered: boolean
  openID: string | undefined
  /** Where J and K are. */
  cursor: string | undefined
  onCursor: (id: string) => void
  to: (id: string) => string
}

interface Heading {
  urgency: Urgency
  count: number
  /** More of them may be on pages that are not read yet. */
  more: boolean
}

/** rowsOf puts what is overdue first, then today's, with a heading and a count of each. Lists come due first. */
function rowsOf(tasks: Task[], urgency: (task: Task) => Urgency, more: boolean): (Task | Heading)[] {
  const order: Urgency[] = ['overdue', 'today', 'later', 'undated']
  const told = tasks.map((task) => ({ task, urgency: urgency(task) }))
  const groups = order.map((name) => ({ name, tasks: told.filter((one) => one.urgency === name).map((one) => one.task) })).filter((group) => group.tasks.length > 0)
  return groups.flatMap((group, i) => [{ urgency: group.name, count: group.tasks.length, more: more && i === groups.length - 1 }, ...group.tasks])
}

/** TaskList is the list of tasks: overdue first, with counts; only the rows in sight are on the page. */
export function TaskList({ list, scope, filtered, openID, cursor, onCursor, to }: Props) {
  const { t } = useTranslation('inbox')
  const format = useFormat()
  const { query, tasks } = list
  const box = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  const minute = Math.floor(new Date().getTime() / 60_000)
  const now = useMemo(() => new Date(minute * 60_000), [minute])
  const rows = useMemo(() => rowsOf(tasks, (task) => (task.status === 'open' ? urgencyOf(task, format, now) : 'undated'), hasNextPage), [tasks, format, now, hasNextPage])
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used here only, and nothing here is memoised
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: (i) => (isHeading(rows[i]) ? 34 : 78), overscan: 8, getItemKey: (i) => keyOf(rows[i], i) })
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - 10) void fetchNextPage()
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage])
  const toggle = useCallback((id: string) => setChosen((before) => new Set(before.has(id) ? [...before].filter((x) => x !== id) : [...before, id])), [])
  const cursorAt = useMemo(() => rows.findIndex((row) => !isHeading(row) && row.id === cursor), [rows, cursor])
  const { scrollToIndex } = virtual
  useEffect(() => {
    if (cursorAt < 0) return
    scrollToIndex(cursorAt)
    goingTo.current = cursorAt
  }, [cursorAt, scrollToIndex])
  // The focus goes along with J and K, so that it is said where one is, unless it goes to the task beside the list. A row that is scrolled to has to be there first.
  const goingTo = useRef<number>(undefined)
  useEffect(() => {
    const link = goingTo.current === undefined ? null : box.current?.querySelector<HTMLElement>(`[data-index="${goingTo.current}"] a`)
    if (!link) return
    if (openID === undefined) link.focus({ preventScroll: true })
    goingTo.current = undefined
  })

  if (query.isPending) {
    return (
      <Stack gap={8} role="status" aria-label={t('loading', { ns: 'common' })} className={classes.list ?? ''}>
        {Array.from({ length: 6 }, (_, i) => (
          <Skeleton key={i} height={66} radius="md" />
        ))}
      </Stack>
    )
  }
  if (query.isError && tasks.length === 0) {
    return (
      <div className={classes.list}>
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </div>
    )
  }
  if (tasks.length === 0) {
    return (
      <div className={`panel ${classes.list}`}>{filtered ? <Empty title={t('list.nothing', { ns: 'common' })} text={t('list.nothingText', { ns: 'common' })} /> : <Empty title={t(scope === 'me' ? 'empty' : 'emptyAll')} text={t(scope === 'me' ? 'emptyText' : 'emptyAllText')} />}</div>
    )
  }
  const selected = chosen.size === 0 ? [] : tasks.filter((task) => chosen.has(task.id))
  return (
    <div className={`panel ${classes.list}`}>
      {selected.length > 0 && (
        <Group className={classes.bulk ?? ''} gap="xs" role="toolbar" aria-label={t('list.selected', { ns: 'common', count: selected.length })}>
          <ActionIcon variant="subtle" color="gray" onClick={() => setChosen(new Set())} aria-label={t('list.unselect', { ns: 'common' })}>
            <IconX size={16} />
          </ActionIcon>
          <Text size="sm" fw={600}>
            {selected.length}
          </Text>
          <Bulk tasks={selected} onDone={(refused) => setChosen(new Set(refused))} />
        </Group>
      )}
      {/* What scrolls can be scrolled by the keyboard. */}
      <div ref={box} className={classes.scroll} tabIndex={0} role="region" aria-label={t(scope === 'me' ? 'title' : 'all')}>
        <div role="list" style={{ position: 'relative', height: virtual.getTotalSize() }}>
          {shown.map(({ index, start, key }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <div key={key} role="listitem" aria-setsize={hasNextPage ? -1 : rows.length} aria-posinset={index + 1} ref={virtual.measureElement} data-index={index} style={{ position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${start}px)` }}>
                {isHeading(row) ? (
                  <Text component="h2" size="xs" fw={700} className={classes.heading ?? ''} data-urgency={row.urgency}>
                    {t(`groups.${row.urgency}`)} <span>{row.more ? `${row.count}+` : row.count}</span>
                  </Text>
                ) : (
                  <Row task={row} late={isLate(row, now)} href={to(row.id)} open={row.id === openID} current={row.id === cursor} chosen={chosen.has(row.id)} onToggle={toggle} onOpen={onCursor} />
                )}
              </div>
            )
          })}
        </div>
        <Group justify="center" p="sm" aria-live="polite">
          {isFetchingNextPage ? (
            <Loader size="sm" aria-label={t('list.loadingMore', { ns: 'common' })} />
          ) : query.isFetchNextPageError ? (
            <Button size="compact-sm" variant="default" onClick={() => void fetchNextPage()}>
              {t('retry', { ns: 'common' })}
            </Button>
          ) : (
            !hasNextPage && (
              <Text size="xs" c="dimmed">
                {t('list.end', { ns: 'common' })}
              </Text>
            )
          )}
        </Group>
      </div>
    </div>
  )
}

const isHeading = (row: Task | Heading | undefined): row is Heading => row !== undefined && 'urgency' in row
const keyOf = (row: Task | Heading | undefined, i: number): string | number => (row === undefined ? i : isHeading(row) ? row.urgency : row.id)

interface RowProps {
  task: Task
  late: boolean
  href: string
  open: boolean
  current: boolean
  chosen: boolean
  onToggle: (id: string) => void
  onOpen: (id: string) => void
}

// Scrolling moves the rows in sight many times a second: only those that come into it are made anew.
const Row = memo(function Row({ task, late, href, open, current, chosen, onToggle, onOpen }: RowProps) {
  const { t } = useTranslation(['inbox', 'tasks'])
  const userName = useUserName()
  const performerName = usePerformerName()
  const pool = task.performer.user_id === undefined
  return (
    <div className={classes.row} data-open={open || undefined} data-current={current || undefined}>
      {task.status === 'open' && <Checkbox size="sm" aria-label={t('list.select', { ns: 'common', name: [task.name, task.case?.number].filter(Boolean).join(', ') })} checked={chosen} onChange={() => onToggle(task.id)} />}
      <Link to={href} className={classes.open ?? ''} aria-current={open || undefined} onClick={() => onOpen(task.id)}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={600} truncate>
            {task.name}
          </Text>
          {task.status === 'open' ? <Due at={task.due_at} overdue={late} size="xs" /> : task.closed_at !== undefined && <When at={task.closed_at} size="xs" c="dimmed" />}
        </Group>
        <Group gap={6} wrap="nowrap" mt={2}>
          {task.case === undefined ? <Text size="xs">{t(`tasks:kinds.${task.kind}`)}</Text> : <KindBadge kind={task.case.kind} size="sm" style={{ flex: 'none' }} />}
          <Text size="xs" truncate>
            {[task.case?.number, task.case?.client_name, task.case?.topic].filter(Boolean).join(' · ')}
          </Text>
        </Group>
        <Group gap={6} wrap="nowrap" mt={2} c="dimmed">
          {pool && <IconUsers size={14} aria-hidden style={{ flex: 'none' }} />}
          <Text size="xs" truncate>
            {task.taken_by !== undefined ? t('tasks:takenBy', { name: userName(task.taken_by) }) : performerName(task.performer)}
          </Text>
          {task.in_place_of !== undefined && (
            <>
              <IconUserShare size={14} aria-hidden style={{ flex: 'none' }} />
              <Text size="xs" truncate>
                {t('tasks:inPlaceOf', { name: userName(task.in_place_of) })}
              </Text>
            </>
          )}
        </Group>
      </Link>
    </div>
  )
})
