import { Badge, Button, Group, Menu, ScrollArea, Skeleton, Stack, Text, Tooltip } from '@mantine/core'
import { DragDropContext, Draggable, Droppable, type BeforeCapture, type DraggableProvidedDragHandleProps, type DropResult, type ResponderProvided } from '@hello-pangea/dnd'
import { IconGripVertical, IconLock, IconPlayerTrackNext } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, newKey, type Schema } from '@/api/client'
import { decided } from '@/api/commands'
import { keys } from '@/api/keys'
import type { RouteMap } from '@/api/maps'
import { useMutation } from '@/api/useMutation'
import { useBlocks, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Due, When } from '@/ui/bits'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import classes from './Board.module.css'
import type { SalesFilter } from './index'
import { sensors } from './sensors'

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
  const nameOf = (stage: string) => board.data?.columns?.find((column) => column.stage === stage)?.name ?? stage
  const { moves, move } = useMoves(nameOf)
  const frame = useRef<HTMLDivElement>(null)
  const lift = ({ draggableId, mode }: BeforeCapture) => {
    if (mode === 'SNAP' && frame.current !== null) bringDown(frame.current, draggableId)
  }
  const cardOf = (id: string) => {
    // A card is on the board, or among those that were read after it.
    const more = queries.getQueriesData<MoreCards>({ queryKey: columnsKey(map.id, filter) }).flatMap(([, page]) => page?.cards ?? [])
    return [...cardsOf(board.data), ...more].find((one) => one.id === id)
  }
  // Whoever does not see the board hears where the card is.
  const say = ({ announce }: ResponderProvided, what: 'lifted' | 'over' | 'nowhere' | 'back' | 'dropped', id: string, stage: string) => announce(t(`dragged.${what}`, { number: cardOf(id)?.number ?? '', stage: nameOf(stage) }))
  const drop = ({ draggableId, source, destination }: DropResult, provided: ResponderProvided) => {
    if (frame.current !== null) letUp(frame.current)
    const stays = destination === null || destination.droppableId === source.droppableId
    say(provided, stays ? 'back' : 'dropped', draggableId, stays ? source.droppableId : destination.droppableId)
    if (stays) return
    const card = cardOf(draggableId)
    if (card !== undefined) move({ card, stage: destination.droppableId, from: source.droppableId, index: destination.index })
  }
  if (board.isPending) return <Loading />
  if (board.isError && !board.data) return <Failure error={board.error} onRetry={() => void board.refetch()} />
  const columns = board.data.columns ?? []
  const taking = (column: Column) => map.process === 'deal' && !column.former
  return (
    <DragDropContext
      enableDefaultSensors={false} sensors={sensors} nonce={nonce} dragHandleUsageInstructions={t('dragHelp')}
      onBeforeCapture={lift}
      onDragStart={({ draggableId, source }, provided) => say(provided, 'lifted', draggableId, source.droppableId)}
      onDragUpdate={({ draggableId, source, destination }, provided) => say(provided, destination === null ? 'nowhere' : 'over', draggableId, (destination ?? source).droppableId)}
      onDragEnd={drop}
    >
      <ScrollArea type="auto" offsetScrollbars="x" className={classes.board} viewportProps={{ tabIndex: 0, 'aria-label': t('boardOf', { map: board.data.name }), role: 'region' }}>
        <div ref={frame} className={classes.columns}>
          {columns.map((column) => (
            <ColumnOfCards key={column.stage} column={column} map={map.id} filter={filter} moves={moves} accepts={taking(column)} works={works} />
          ))}
        </div>
      </ScrollArea>
    </DragDropContext>
  )
}

const lists = (frame: HTMLElement) => frame.querySelectorAll<HTMLElement>('[data-rfd-droppable-id]')

/**
 * bringDown lets columns whose cards all lie above what is in sight begin beside the card that the keyboard lifts: it goes to no place that
 * is out of sight, and so could not get into them from far down in a long column.
 */
function bringDown(frame: HTMLElement, lifted: string): void {
  const from = frame.querySelector(`[data-rfd-draggable-id="${lifted}"]`)?.getBoundingClientRect()
  if (from === undefined) return
  for (const list of lists(frame)) {
    const cards = list.querySelectorAll('[data-rfd-draggable-id]')
    const last = cards[cards.length - 1]?.getBoundingClientRect() ?? { top: list.getBoundingClientRect().top, height: from.height }
    if (last.top < 0) list.style.paddingTop = `${Math.min(from.top, window.innerHeight - last.height) - last.top}px`
  }
}

function letUp(frame: HTMLElement): void {
  for (const list of lists(frame)) list.style.paddingTop = ''
}

const cardsOf = (board: BoardData | undefined): Card[] => board?.columns?.flatMap((column) => column.cards.items ?? []) ?? []

/** A card on its way to another stage. */
interface Move {
  card: Card
  stage: string
  from: string
  /** Its place in the column it comes to. */
  index: number
}

/**
 * useMoves moves cards, and knows which ones are on their way: they are shown where they are going until the server has said so. One that
 * is refused goes back by itself, and takes no other along.
 */
function useMoves(nameOf: (stage: string) => string): { moves: readonly Move[]; move: (move: Move) => void } {
  const { t } = useTranslation('sales')
  const queries = useQueryClient()
  const [moves, setMoves] = useState<readonly Move[]>([])
  const arrived = (moved: Move) => setMoves((all) => all.filter((one) => one !== moved))
  // Moves of one card are done in the order in which they were made.
  const sent = useRef(new Map<string, Promise<unknown>>())
  const { mutate } = useMutation({
    mutationFn: ({ card, stage, from }: Move) => {
      // What a colleague has moved meanwhile is not moved on from where one no longer sees it.
      const send = () => decided(api.POST('/api/v1/deals/{id}/move', { params: { path: { id: card.id }, header: { 'Idempotency-Key': newKey() } }, body: { stage, from } }))
      const done = (sent.current.get(card.id) ?? Promise.resolve()).then(send, send)
      sent.current.set(card.id, done)
      return done
    },
    onMutate: (moved) => setMoves((all) => [...all.filter((one) => one.card.id !== moved.card.id), moved]),
    onError: (error, moved) => {
      arrived(moved)
      tell.problem(error)
    },
    onSuccess: (_, { card, stage, from }) => tell.done(t('moved', { number: card.number, stage: nameOf(stage) }), () => mutate({ card, stage: from, from: stage, index: 0 })),
    onSettled: async (_, __, moved) => {
      await queries.invalidateQueries({ queryKey: keys.boards })
      arrived(moved)
    },
  })
  return { moves, move: mutate }
}

/** withMoves are the cards of a column as they will be: without those that go, and with those that come. */
function withMoves(cards: readonly Card[], stage: string, moves: readonly Move[]): Card[] {
  const going = new Set(moves.map((move) => move.card.id))
  const shown = cards.filter((card) => !going.has(card.id))
  for (const { card, index } of moves.filter((move) => move.stage === stage)) shown.splice(index, 0, { ...card, stage })
  return shown
}

interface ColumnProps {
  column: Column
  map: string
  filter: SalesFilter
  moves: readonly Move[]
  accepts: boolean
  works: boolean
}

function ColumnOfCards({ column, map, filter, moves, accepts, works }: ColumnProps) {
  const { t } = useTranslation(['sales', 'common'])
  const more = useMore(column, map, filter)
  const first = column.cards.items ?? []
  // While the two are read again a card may be in both.
  const read = [...first, ...more.cards.filter((card) => !first.some((one) => one.id === card.id))]
  const cards = withMoves(read, column.stage, moves)
  const count = column.found.count + cards.length - read.length
  const titleID = `column-${column.stage}`
  return (
    <section className={classes.column} aria-labelledby={titleID}>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Text id={titleID} component="h2" size="sm" fw={650} truncate>
          {column.name}
        </Text>
        <Badge color="gray" aria-label={t('cases', { count })}>
          {column.found.more ? `${count}+` : count}
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
                    <CardOfCase card={card} works={works} handle={drag.dragHandleProps} />
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

/** The cards that were read after those of the board. */
interface MoreCards {
  cards: Card[]
  next: string | undefined
}

const columnsKey = (map: string, filter: SalesFilter) => [...keys.boards, map, filter, 'column'] as const

/** useMore reads the cards of a column that come after those of the board. */
function useMore(column: Column, map: string, filter: SalesFilter) {
  const [pages, setPages] = useState(0)
  // Where the board's cards end is part of what is asked: it changes when one of them goes.
  const query = useQuery<MoreCards>({
    queryKey: [...columnsKey(map, filter), column.stage, column.cards.next, pages],
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
  const none = pages === 0 || column.cards.next === undefined
  const next = none ? column.cards.next : query.data?.next
  return { cards: none ? [] : (query.data?.cards ?? []), has: next !== undefined, loading: query.isFetching, read: () => setPages((n) => n + 1) }
}

function CardOfCase({ card, works, handle }: { card: Card; works: boolean; handle: DraggableProvidedDragHandleProps | null }) {
  const { t } = useTranslation(['sales', 'common'])
  const { interactions } = useBlocks()
  const format = useFormat()
  const movable = card.mode === 'manual' && works && handle !== null
  // Mouse and fingers take a card wherever it is; the keyboard, and whoever does not see, has a button for it, which is the first of the
  // two so that it is given the focus again.
  const body = movable ? bodyOf(handle) : {}
  return (
    <>
      {movable && (
        <span {...handle} className={classes.handle} aria-label={t('drag', { number: card.number })}>
          <IconGripVertical size={16} aria-hidden />
        </span>
      )}
      <div {...body} className={classes.body} data-movable={movable || undefined}>
        <Group justify="space-between" wrap="nowrap" gap={4} mih={28}>
          <Text size="xs" c="dimmed">
            {card.number}
          </Text>
          {card.mode === 'process' && works && <NextStep card={card} />}
        </Group>
        <Link to={`/cases/${card.number}`} className={`${classes.topic} as-typed`} draggable={false}>
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
      </div>
    </>
  )
}

/** bodyOf is what makes a part of a card take hold of it, and no button of it. */
function bodyOf(handle: DraggableProvidedDragHandleProps) {
  return {
    'data-rfd-drag-handle-draggable-id': handle['data-rfd-drag-handle-draggable-id'],
    'data-rfd-drag-handle-context-id': handle['data-rfd-drag-handle-context-id'],
    draggable: handle.draggable,
    onDragStart: handle.onDragStart,
  }
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
