import { Badge, Button, Group, Menu, ScrollArea, Skeleton, Stack, Text, Tooltip } from '@mantine/core'
import { DragDropContext, Draggable, Droppable, type DropResult } from '@hello-pangea/dnd'
import { IconGripVertical, IconLock, IconPlayerTrackNext } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, newKey, type Schema } from '@/api/client'
import { decided } from '@/api/commands'
import { keys } from '@/api/keys'
import type { RouteMap } from '@/api/maps'
import { useBlocks, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Due, When } from '@/ui/bits'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import classes from './Board.module.css'
import type { SalesFilter } from './index'

type BoardData = Schema<'Board'>
type Column = Schema<'Column'>
type Card = Schema<'CaseItem'>

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

/**
 * Board shows a map's open cases by stages. Manual deals are moved by mouse, touch and keyboard (space, arrows, space); where the
 * process controls a case, its card says so and offers the outcomes of its task instead (R31, R32).
 */
export default function Board({ map, filter }: { map: RouteMap; filter: SalesFilter }) {
  const { t } = useTranslation(['sales', 'common'])
  const queries = useQueryClient()
  const works = useRight('work')
  const key = [...keys.boards, map.id, filter]
  const board = useQuery({
    queryKey: key,
    queryFn: () => answer(api.GET('/api/v1/boards/{map}', { params: { path: { map: map.id }, query: { cards: 20, ...filter } } })),
    placeholderData: keepPreviousData,
  })
  const move = useMutation({
    mutationFn: ({ card, stage }: { card: Card; stage: string; from: string; index: number }) =>
      decided(api.POST('/api/v1/deals/{id}/move', { params: { path: { id: card.id }, header: { 'Idempotency-Key': newKey() } }, body: { stage } })),
    onMutate: async (moved) => {
      await queries.cancelQueries({ queryKey: key })
      const before = queries.getQueryData<BoardData>(key)
      if (before) queries.setQueryData(key, withMoved(before, moved.card, moved.stage, moved.index))
      return { before }
    },
    onError: (error, _, context) => {
      queries.setQueryData(key, context?.before)
      tell.problem(error)
    },
    onSuccess: (_, moved) => {
      const name = board.data?.columns?.find((column) => column.stage === moved.stage)?.name ?? moved.stage
      tell.done(t('moved', { number: moved.card.number, stage: name }), () => move.mutate({ card: moved.card, stage: moved.from, from: moved.stage, index: 0 }))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.boards }),
  })
  const drop = (result: DropResult) => {
    const card = cardOf(board.data, result.draggableId)
    if (card === undefined || result.destination === null || result.destination.droppableId === result.source.droppableId) return
    move.mutate({ card, stage: result.destination.droppableId, from: result.source.droppableId, index: result.destination.index })
  }
  if (board.isPending) return <Loading />
  if (board.isError && !board.data) return <Failure error={board.error} onRetry={() => void board.refetch()} />
  const columns = board.data.columns ?? []
  const taking = (column: Column) => map.process === 'deal' && !column.former
  return (
    <DragDropContext onDragEnd={drop} nonce={nonce} dragHandleUsageInstructions={t('dragHelp')}>
      <ScrollArea type="auto" offsetScrollbars="x" className={classes.board} viewportProps={{ tabIndex: 0, 'aria-label': t('boardOf', { map: board.data.name }), role: 'region' }}>
        <div className={classes.columns}>
          {columns.map((column) => (
            <ColumnOfCards key={column.stage} column={column} map={map.id} filter={filter} accepts={taking(column)} works={works} />
          ))}
        </div>
      </ScrollArea>
    </DragDropContext>
  )
}

const cardOf = (board: BoardData | undefined, id: string): Card | undefined => board?.columns?.flatMap((column) => column.cards.items ?? []).find((card) => card.id === id)

/** withMoved is the board as it will be, shown until the server has said so. */
function withMoved(board: BoardData, card: Card, stage: string, index: number): BoardData {
  return {
    ...board,
    columns: (board.columns ?? []).map((column) => {
      const others = (column.cards.items ?? []).filter((other) => other.id !== card.id)
      const had = others.length < (column.cards.items ?? []).length
      const gets = column.stage === stage
      const items = gets ? [...others.slice(0, index), { ...card, stage }, ...others.slice(index)] : others
      return { ...column, found: { ...column.found, count: column.found.count + Number(gets) - Number(had) }, cards: { ...column.cards, items } }
    }),
  }
}

function ColumnOfCards({ column, map, filter, accepts, works }: { column: Column; map: string; filter: SalesFilter; accepts: boolean; works: boolean }) {
  const { t } = useTranslation(['sales', 'common'])
  const more = useMore(column, map, filter)
  const cards = [...(column.cards.items ?? []), ...more.cards]
  const titleID = `column-${column.stage}`
  return (
    <section className={classes.column} aria-labelledby={titleID}>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Text id={titleID} component="h2" size="sm" fw={650} truncate>
          {column.name}
        </Text>
        <Badge color="gray" aria-label={t('cases', { count: column.found.count })}>
          {column.found.more ? `${column.found.count}+` : column.found.count}
        </Badge>
      </Group>
      <Sums column={column} />
      {column.former && (
        <Text size="xs" c="dimmed">
          {t('former')}
        </Text>
      )}
      {column.negotiations && <Badge color="yellow">{t('negotiations')}</Badge>}
      <Droppable droppableId={column.stage} isDropDisabled={!accepts}>
        {(provided, snapshot) => (
          <div ref={provided.innerRef} {...provided.droppableProps} className={classes.cards} data-over={snapshot.isDraggingOver || undefined}>
            {cards.map((card, index) => (
              <Draggable key={card.id} draggableId={card.id} index={index} isDragDisabled={!works || card.mode !== 'manual'}>
                {(drag, dragged) => (
                  <article ref={drag.innerRef} {...drag.draggableProps} className={classes.card} data-dragged={dragged.isDragging || undefined} aria-label={`${card.number} ${card.topic}`}>
                    <CardOfCase card={card} works={works} handle={card.mode === 'manual' && works ? drag.dragHandleProps : null} />
                  </article>
                )}
              </Draggable>
            ))}
            {provided.placeholder}
            {cards.length === 0 && !snapshot.isDraggingOver && (
              <Text size="xs" c="dimmed" ta="center" py="md">
                {t('emptyColumn')}
              </Text>
            )}
          </div>
        )}
      </Droppable>
      {more.has && (
        <Button size="compact-sm" variant="subtle" loading={more.loading} onClick={more.read}>
          {t('showMore')}
        </Button>
      )}
    </section>
  )
}

function Sums({ column }: { column: Column }) {
  const { t } = useTranslation(['sales', 'common'])
  const format = useFormat()
  const sums = column.sums ?? []
  if (sums.length === 0) return null
  return (
    <Stack gap={0}>
      {sums.map((sum) => (
        <Tooltip key={sum.currency} label={t('weighted', { sum: format.money(sum.weighted, sum.currency) })}>
          <Text size="xs" c="dimmed" tabIndex={0}>
            {format.money(sum.potential, sum.currency)}
          </Text>
        </Tooltip>
      ))}
    </Stack>
  )
}

/** useMore reads the cards of a column that come after those of the board. */
function useMore(column: Column, map: string, filter: SalesFilter) {
  const [pages, setPages] = useState(0)
  const query = useQuery({
    queryKey: [...keys.boards, map, filter, 'column', column.stage, pages],
    enabled: pages > 0 && column.cards.next !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      let after = column.cards.next
      const cards: Card[] = []
      for (let page = 0; page < pages && after !== undefined; page += 1) {
        const next = await answer(api.GET('/api/v1/boards/{map}/columns/{stage}', { params: { path: { map, stage: column.stage }, query: { after, limit: 50, ...filter } } }))
        cards.push(...(next.items ?? []))
        after = next.next
      }
      return { cards, next: after }
    },
  })
  const next = pages === 0 ? column.cards.next : query.data?.next
  return { cards: pages === 0 ? [] : (query.data?.cards ?? []), has: next !== undefined, loading: query.isFetching, read: () => setPages((n) => n + 1) }
}

function CardOfCase({ card, works, handle }: { card: Card; works: boolean; handle: object | null }) {
  const { t } = useTranslation(['sales', 'common'])
  const { interactions } = useBlocks()
  const format = useFormat()
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Text size="xs" c="dimmed">
          {card.number}
        </Text>
        {handle !== null ? (
          <span {...handle} className={classes.handle} aria-label={t('drag', { number: card.number })}>
            <IconGripVertical size={16} aria-hidden />
          </span>
        ) : (
          card.mode === 'process' && works && <NextStep card={card} />
        )}
      </Group>
      <Link to={`/cases/${card.number}`} className={`${classes.topic} as-typed`}>
        {card.topic}
      </Link>
      <Text size="xs" c="dimmed" className="as-typed">
        {card.client_name}
      </Text>
      {card.sale?.potential !== undefined && (
        <Text size="sm" fw={600}>
          {format.money(card.sale.potential, card.sale.currency)}
        </Text>
      )}
      <Group gap={6} justify="space-between">
        {card.next_interaction ? (
          <Text size="xs" c={card.next_interaction.at < new Date().toISOString() ? 'var(--mantine-color-error)' : 'dimmed'}>
            {t(`common:interactionKinds.${card.next_interaction.kind}`)}: <When at={card.next_interaction.at} />
          </Text>
        ) : (
          interactions && (
            <Text size="xs" c="var(--mantine-color-orange-light-color)">
              {t('nothingPlanned')}
            </Text>
          )
        )}
        {card.overdue && <Due at={card.due_at} overdue size="xs" />}
      </Group>
      {card.responsible_name !== undefined && (
        <Text size="xs" c="dimmed" truncate>
          {card.responsible_name}
        </Text>
      )}
    </>
  )
}

/** NextStep is what a card has instead of being dragged, where the process controls it: the outcomes of its open tasks (R32). */
function NextStep({ card }: { card: Card }) {
  const { t } = useTranslation(['sales', 'common'])
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  const tasks = useQuery({
    queryKey: [...keys.tasks, 'of', card.id],
    enabled: open,
    queryFn: () => answer(api.GET('/api/v1/tasks', { params: { query: { case: card.id, status: 'open', performer: 'all' } } })),
  })
  const steps = (tasks.data?.items ?? []).filter((task) => task.kind === 'stage')
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={280}>
      <Menu.Target>
        <button type="button" className={classes.next} aria-label={t('nextStep', { number: card.number })}>
          <IconLock size={14} aria-hidden />
          <IconPlayerTrackNext size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('controlled')}</Menu.Label>
        {tasks.isPending && <Skeleton height={28} m={8} />}
        {tasks.isError && <Failure error={tasks.error} />}
        {steps.map((task) => (
          <div key={task.id}>
            {(task.outcomes ?? []).map((outcome) => (
              <Menu.Item key={outcome.id} color={outcome.finish === 'negative' ? 'red' : ''} onClick={() => void navigate(`/inbox/${task.id}?outcome=${outcome.id}`)}>
                {outcome.name}
              </Menu.Item>
            ))}
          </div>
        ))}
        {tasks.isSuccess && steps.length === 0 && <Menu.Item component={Link} to={`/cases/${card.number}`}>{t('openCard')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  )
}

function Loading() {
  const { t } = useTranslation()
  return (
    <Group role="status" aria-label={t('loading')} align="flex-start" wrap="nowrap" style={{ overflow: 'hidden' }}>
      {Array.from({ length: 5 }, (_, i) => (
        <Skeleton key={i} height={360} w={270} radius="md" style={{ flexShrink: 0 }} />
      ))}
    </Group>
  )
}
