import { ActionIcon, Button, Checkbox, Group, Loader, Skeleton, Stack, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { Empty } from './Empty'
import { Failure } from './Failure'
import classes from './ListTable.module.css'
import { pageOf } from './pagesAgain'
import { useShortcuts } from './shortcuts'

/** A page of a list as the API gives it. */
export interface ListPage<T> {
  items: T[] | null
  next?: string
}

/** A column of a list. Its width is a track of CSS grid; `phone: false` leaves it out where the page is narrow. */
export interface ListColumn<T> {
  key: string
  head: ReactNode
  width?: string
  phone?: boolean
  align?: 'left' | 'right'
  cell: (item: T) => ReactNode
}

interface Props<T> {
  label: string
  /** see is told which pages are in sight. */
  query: UseInfiniteQueryResult<InfiniteData<ListPage<T>>> & { see?: (first: number, last: number) => void }
  columns: ListColumn<T>[]
  idOf: (item: T) => string
  /** What the item is called, for whoever selects or opens it without seeing it. */
  nameOf: (item: T) => string
  /** Where an item opens. */
  to?: (item: T) => string
  empty: ReactNode
  /** What one can do with several at once; it is given their ids, and what to call when it is done: with those that are to stay selected. */
  bulk?: (ids: string[], done: (keep: string[]) => void) => ReactNode
}

/**
 * ListTable shows a list of any length: only the rows in sight are on the page, the next ones are read as one comes near the end. J and K
 * go along it, Enter opens, X selects.
 */
export function ListTable<T>({ label, query, columns, idOf, nameOf, to, empty, bulk }: Props<T>) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { data } = query
  const items = useMemo(() => data?.pages.flatMap((page) => page.items ?? []) ?? [], [data])
  // Where J and K are: at a record, whatever comes in before it; and where that was, once it is there no more.
  const [cursor, setCursor] = useState<{ id: string; index: number }>()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [top, setTop] = useState(0)
  // Where the rows begin on the page.
  const measure = useCallback((body: HTMLDivElement | null) => setTop(body === null ? 0 : body.getBoundingClientRect().top + window.scrollY), [])
  const rows = useWindowVirtualizer({ count: items.length, estimateSize: () => 52, overscan: 12, scrollMargin: top })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  const first = shown[0]?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage, see } = query
  const pages = data?.pages
  useEffect(() => {
    if (pages !== undefined) see?.(pageOf(pages, first), pageOf(pages, last))
  })
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= items.length - 10) void fetchNextPage()
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  const toggle = useCallback((id: string) => setChosen((before) => new Set(before.has(id) ? [...before].filter((x) => x !== id) : [...before, id])), [])
  const at = cursor === undefined ? -1 : items.findIndex((item) => idOf(item) === cursor.id)
  const step = (by: number) => {
    const from = cursor === undefined ? -1 : at >= 0 ? at : by > 0 ? cursor.index - 1 : cursor.index
    const index = Math.min(items.length - 1, Math.max(0, from + by))
    const item = items[index]
    if (item === undefined) return
    setCursor({ id: idOf(item), index })
    rows.scrollToIndex(index, { align: 'auto' })
    goingTo.current = index
  }
  // The focus goes along, so that it is said where one is; a row that is scrolled to has to be there first.
  const goingTo = useRef<number>(undefined)
  const table = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const row = goingTo.current === undefined ? null : table.current?.querySelector<HTMLElement>(`[data-index="${goingTo.current}"]`)
    if (!row) return
    row.focus({ preventScroll: true })
    goingTo.current = undefined
  })
  const current = items[at]
  useShortcuts([
    { code: 'KeyJ', shown: 'J', does: t('list.keys.next'), run: () => step(1) },
    { code: 'KeyK', shown: 'K', does: t('list.keys.previous'), run: () => step(-1) },
    { code: 'Enter', shown: 'Enter', does: t('list.keys.open'), run: () => current !== undefined && to && void navigate(to(current)) },
    ...(bulk ? [{ code: 'KeyX', shown: 'X', does: t('list.keys.select'), run: () => current !== undefined && toggle(idOf(current)) }] : []),
  ])

  if (query.isPending) return <Loading />
  if (query.isError && items.length === 0) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  if (items.length === 0) return <div className="panel">{empty}</div>
  const selected = chosen.size === 0 ? [] : items.map(idOf).filter((id) => chosen.has(id))
  const keep = (ids: string[]) => setChosen(new Set(ids))
  const tracks = [...(bulk ? ['36px'] : []), ...columns.map((column) => column.width ?? 'minmax(0, 1fr)')].join(' ')
  const phoneTracks = [...(bulk ? ['36px'] : []), ...columns.filter((c) => c.phone !== false).map((column) => column.width ?? 'minmax(0, 1fr)')].join(' ')
  return (
    <div className={`panel ${classes.table}`} style={{ '--tracks': tracks, '--phone-tracks': phoneTracks } as CSSProperties}>
      {bulk && selected.length > 0 && (
        <Group className={classes.bulk} gap="sm" role="toolbar" aria-label={t('list.selected', { count: selected.length })}>
          <ActionIcon variant="subtle" color="gray" onClick={() => keep([])} aria-label={t('list.unselect')}>
            <IconX size={16} />
          </ActionIcon>
          <Text size="sm" fw={600}>
            {t('list.selected', { count: selected.length })}
          </Text>
          {bulk(selected, keep)}
        </Group>
      )}
      <div ref={table} role="table" aria-label={label} aria-rowcount={hasNextPage ? -1 : items.length + 1}>
        <div role="rowgroup">
          <div role="row" aria-rowindex={1} className={`${classes.row} ${classes.head}`}>
            {bulk && (
              <div role="columnheader">
                <Checkbox
                  size="xs"
                  aria-label={t('list.selectAll')}
                  checked={selected.length === items.length}
                  indeterminate={selected.length > 0 && selected.length < items.length}
                  onChange={() => setChosen(selected.length === items.length ? new Set() : new Set(items.map(idOf)))}
                />
              </div>
            )}
            {columns.map((column) => (
              <div role="columnheader" key={column.key} className={column.phone === false ? classes.wideOnly : undefined} style={{ textAlign: column.align }}>
                {column.head}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" ref={measure} style={{ position: 'relative', height: rows.getTotalSize() }}>
          {shown.map((row) => {
            const item = items[row.index]
            if (item === undefined) return null
            const id = idOf(item)
            return (
              <Row
                key={id} ref={rows.measureElement} item={item} id={id} name={nameOf(item)} index={row.index} top={row.start - top} columns={columns} to={to?.(item)}
                current={id === cursor?.id} selectable={bulk !== undefined} chosen={chosen.has(id)} onToggle={toggle}
              />
            )
          })}
        </div>
      </div>
      <Group justify="center" p="sm" aria-live="polite">
        {isFetchingNextPage ? (
          <Loader size="sm" aria-label={t('list.loadingMore')} />
        ) : query.isFetchNextPageError ? (
          <Button size="compact-sm" variant="default" onClick={() => void fetchNextPage()}>
            {t('retry')}
          </Button>
        ) : (
          !hasNextPage && (
            <Text size="xs" c="dimmed">
              {t('list.end')}
            </Text>
          )
        )}
      </Group>
    </div>
  )
}

interface RowProps<T> {
  item: T
  id: string
  name: string
  index: number
  top: number
  columns: ListColumn<T>[]
  to: string | undefined
  current: boolean
  selectable: boolean
  chosen: boolean
  onToggle: (id: string) => void
  ref: (row: HTMLDivElement | null) => void
}

function ARow<T>({ item, id, name, index, top, columns, to, current, selectable, chosen, onToggle, ref }: RowProps<T>) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  return (
    <div
      ref={ref}
      data-index={index}
      data-current={current || undefined}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      className={`${classes.row} ${classes.item} ${to !== undefined ? classes.opens : ''}`}
      style={{ position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${top}px)` }}
      onClick={(event) => {
        // A link or a button inside does its own; a text being selected is not a click.
        if (to !== undefined && !(event.target as HTMLElement).closest('a, button, input, label') && window.getSelection()?.isCollapsed !== false) void navigate(to)
      }}
    >
      {selectable && (
        <div role="cell">
          <Checkbox size="xs" aria-label={t('list.select', { name })} checked={chosen} onChange={() => onToggle(id)} />
        </div>
      )}
      {columns.map((column) => (
        <div role="cell" key={column.key} className={column.phone === false ? classes.wideOnly : undefined} style={{ textAlign: column.align }}>
          {column.cell(item)}
        </div>
      ))}
    </div>
  )
}

// Scrolling moves the rows in sight many times a second: only those that come into it are made anew.
const Row = memo(ARow) as typeof ARow

/** Loading stands for a list that is being read. */
function Loading() {
  const { t } = useTranslation()
  return (
    <Stack gap={8} role="status" aria-label={t('loading')}>
      {Array.from({ length: 8 }, (_, i) => (
        <Skeleton key={i} height={44} radius="md" />
      ))}
    </Stack>
  )
}

/** Nothing is shown for a list that what was asked for leaves empty. */
export function Nothing() {
  const { t } = useTranslation()
  return <Empty title={t('list.nothing')} text={t('list.nothingText')} />
}
