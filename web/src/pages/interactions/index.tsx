import { Badge, Button, Checkbox, Group, Popover, Select, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams, useSearchParams } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { MissingPage } from '@/app/BrokenPage'
import { useBlocks, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf } from '@/i18n/wall'
import { When } from '@/ui/bits'
import { BulkProgress } from '@/ui/BulkProgress'
import { Empty } from '@/ui/Empty'
import { useInteractionsChanged, type InteractionChange } from '@/ui/interactions/actions'
import { interactionKinds, type Interaction } from '@/ui/interactions/draft'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { NewInteractions } from '@/ui/interactions/NewInteractions'
import { InteractionIcon } from '@/ui/interactions/KindChoice'
import { ClientName } from '@/ui/interactions/PartyName'
import { FilterBar } from '@/ui/FilterBar'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { ClientPicker, UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'
import { SavedFilters } from '@/ui/SavedFilters'
import { lazy } from '@/ui/lazy'
import { useFilters } from '@/ui/useFilters'
import { useList } from '@/ui/useList'

const PeriodInput = lazy(() => import('./PeriodInput'))

/** Interactions is the register of all interactions (R13, R47), with the responsible and “reviewed” set in bulk (R27, R28). */
export default function Interactions() {
  const { t } = useTranslation('register')
  const { id } = useParams()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const works = useRight('work')
  const blocks = useBlocks()
  const [asked, ask] = useState<InteractionAsked>()
  const opened: InteractionAsked | undefined = asked ?? (id === undefined ? undefined : { to: 'edit', id })
  if (!blocks.interactions) return <MissingPage />
  const search = params.size === 0 ? '' : `?${params.toString()}`
  const close = () => {
    ask(undefined)
    if (id !== undefined) void navigate(`/interactions${search}`, { replace: true })
  }
  return (
    <Page
      title={t('title')}
      actions={works && <NewInteractions onAsk={ask} />}
    >
      <Filters />
      <Register search={search} />
      <InteractionDialog asked={opened} onClose={close} />
    </Page>
  )
}

const named = ['kind', 'status', 'responsible', 'client', 'from', 'to', 'lost', 'review', 'planned'] as const
function Filters() {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const { filter, set, clear, use, query, narrowed } = useFilters(named)
  const clearing = { placeholder: common('any'), clearable: true, clearButtonProps: { 'aria-label': common('clear') } } as const
  return (
    <FilterBar set={Object.keys(filter).length}>
      <Select w={150} label={t('filters.kind')} data={interactionKinds.map((kind) => ({ value: kind, label: common(`interactionKinds.${kind}`) }))} value={filter.kind ?? null} onChange={(kind) => set({ kind })} {...clearing} />
      <Select w={160} label={t('filters.status')} data={statuses.map((status) => ({ value: status, label: t(`statuses.${status}`) }))} value={filter.status ?? null} onChange={(status) => set({ status })} {...clearing} />
      <div style={{ width: 210 }}>
        <UserPicker label={t('filters.responsible')} placeholder={common('any')} value={filter.responsible === 'none' ? null : filter.responsible ?? null} disabled={filter.responsible === 'none'} onChange={(id) => set({ responsible: id })} />
      </div>
      <div style={{ width: 210 }}>
        <ClientPicker label={t('filters.client')} value={filter.client ?? null} onChange={(id) => set({ client: id })} />
      </div>
      <Suspense fallback={<div style={{ width: 250 }} />}>
        <PeriodInput label={t('filters.period')} from={filter.from ?? null} to={filter.to ?? null} onChange={(from, to) => set({ from, to })} />
      </Suspense>
      <Group gap="md" mih={36} data-whole>
        <Checkbox label={t('filters.nobody')} checked={filter.responsible === 'none'} onChange={(event) => set({ responsible: event.currentTarget.checked ? 'none' : null })} />
        <Checkbox label={t('filters.review')} checked={filter.review !== undefined} onChange={(event) => set({ review: event.currentTarget.checked ? 'due' : null })} />
        <Checkbox label={t('filters.lost')} checked={filter.lost !== undefined} onChange={(event) => set({ lost: event.currentTarget.checked ? 'true' : null })} />
        <Checkbox label={t('filters.planned')} checked={filter.planned !== undefined} onChange={(event) => set({ planned: event.currentTarget.checked ? 'true' : null })} />
        {narrowed && (
          <Button variant="subtle" size="compact-sm" h={32} onClick={clear}>
            {common('clear')}
          </Button>
        )}
        <SavedFilters of="interactions" query={query} onUse={use} />
      </Group>
    </FilterBar>
  )
}

const statuses = ['planned', 'completed', 'cancelled'] as const

/** useQueryOf is the address's filter in the words of the API; days are those of the user's time zone. */
function useQueryOf() {
  const { timeZone } = useFormat()
  const { filter } = useFilters(named)
  const [now] = useState(() => new Date().toISOString())
  const midnight = (day: string | undefined, after = 0) => (day === undefined ? undefined : instantOf({ date: dayAfter(day, after), time: '00:00' }, timeZone))
  const kind = interactionKinds.find((one) => one === filter.kind)
  return {
    kind: kind === undefined ? undefined : [kind],
    status: statuses.find((one) => one === filter.status),
    responsible: filter.responsible,
    client: filter.client,
    from: midnight(filter.from),
    to: midnight(filter.to, 1),
    lost: filter.lost === undefined ? undefined : true,
    review_due: filter.review === undefined ? undefined : now,
    // R17: what is planned and not taken off by the end of its case.
    register: filter.planned === undefined ? undefined : true,
    order: 'newest' as const,
  }
}

function Register({ search }: { search: string }) {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const { narrowed } = useFilters(named)
  const asked = useQueryOf()
  const works = useRight('work')
  const list = useList<Interaction>([...keys.interactions, 'register', asked], (after) => answer(api.GET('/api/v1/interactions', { params: { query: { ...asked, limit: 100, ...(after === undefined ? {} : { after }) } } })))
  const columns = useColumns()
  return (
    <ListTable
      label={t('title')}
      query={list}
      columns={columns}
      idOf={(item) => item.id}
      nameOf={(item) => item.topic || common(`interactionKinds.${item.kind}`)}
      to={(item) => `/interactions/${item.id}${search}`}
      empty={narrowed ? <Nothing /> : <Empty title={t('empty.title')} text={t('empty.text')} />}
      {...(works ? { bulk: (ids: string[], keep: (ids: string[]) => void) => <Bulk ids={ids} onDone={keep} /> } : {})}
    />
  )
}

function useColumns(): ListColumn<Interaction>[] {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const userName = useUserName()
  // Where there is no room for a column each, what they say stands below the topic.
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  return [
    { key: 'at', head: t('columns.at'), width: narrow ? '92px' : '150px', cell: (item) => <When at={item.at} /> },
    { key: 'kind', head: t('columns.kind'), width: '60px', phone: false, cell: (item) => <InteractionIcon kind={item.kind} size={18} named /> },
    {
      key: 'topic', head: t('columns.topic'), width: 'minmax(0, 2fr)',
      cell: (item) => (
        <div>
          <Text size="sm" className="as-typed" lineClamp={2} td={item.status === 'cancelled' ? 'line-through' : undefined} c={item.status === 'cancelled' ? 'dimmed' : undefined}>
            {item.topic || common(`interactionKinds.${item.kind}`)}
          </Text>
          {narrow && (
            <Group gap={6} mt={4}>
              <InteractionIcon kind={item.kind} size={16} named />
              <Standing item={item} />
              <Text size="xs" component="span" style={{ overflowWrap: 'anywhere' }}>
                <ClientName id={item.client_id} />
              </Text>
            </Group>
          )}
        </div>
      ),
    },
    { key: 'client', head: t('columns.client'), phone: false, cell: (item) => <ClientName id={item.client_id} /> },
    { key: 'responsible', head: t('columns.responsible'), phone: false, cell: (item) => (item.responsible_id === undefined ? <Text size="sm" c="dimmed">{common('nobody')}</Text> : userName(item.responsible_id)) },
    { key: 'status', head: t('columns.status'), width: '170px', phone: false, cell: (item) => <Standing item={item} /> },
  ]
}

/** Standing says how an interaction stands, whether it was looked at (R28), and whether it was lost (R41). */
function Standing({ item }: { item: Interaction }) {
  const { t } = useTranslation('register')
  const colors = { planned: 'blue', completed: 'green', cancelled: 'gray' }
  return (
    <Group gap={4}>
      <Badge color={colors[item.status]}>{t(`statuses.${item.status}`)}</Badge>
      {item.lost === true && <Badge color="red">{t('lost')}</Badge>}
      {item.reviewed_at !== undefined && <Badge color="teal">{t('reviewed')}</Badge>}
      {item.reviewed_at === undefined && item.review_after !== undefined && <Badge color="orange">{t('toReview')}</Badge>}
      {item.negotiations === true && <Badge color="violet">{t('negotiations')}</Badge>}
    </Group>
  )
}

// As many as the server takes at once.
const atOnce = 200

/** Bulk changes what is selected, however much it is; what could not be changed is said, and stays selected. */
function Bulk({ ids, onDone }: { ids: string[]; onDone: (keep: string[]) => void }) {
  const { t } = useTranslation('register')
  const changed = useInteractionsChanged()
  const request = useRequestKey()
  const [open, setOpen] = useState(false)
  const [done, setDone] = useState(0)
  const send = useMutation({
    mutationFn: async (body: Pick<InteractionChange, 'reviewed' | 'responsible_id'>) => {
      const result = { changed: 0, refused: [] as Schema<'BulkItem'>[] }
      for (let from = 0; from < ids.length; from += atOnce) {
        setDone(from)
        const part = await answer(api.POST('/api/v1/interactions/bulk', { params: { header: { 'Idempotency-Key': `${request.key}-${from}` } }, body: { ids: ids.slice(from, from + atOnce), ...body } }))
        result.changed += part.changed
        result.refused.push(...(part.items ?? []).filter((item) => item.code !== undefined))
      }
      return result
    },
    onSuccess: (result) => {
      request.done()
      if (result.changed > 0) tell.done(t('bulk.done', { count: result.changed }))
      if (result.refused.length > 0) tell.problem(new Error([...new Set(result.refused.map((item) => item.text))].join(' ')))
      onDone(result.refused.map((item) => item.id))
    },
    onError: (error) => {
      request.refused(error)
      tell.problem(error)
    },
    onSettled: () => {
      setDone(0)
      setOpen(false)
      changed()
    },
  })
  return (
    <Group gap="xs">
      <Button size="compact-sm" h={32} onClick={() => send.mutate({ reviewed: true })} loading={send.isPending}>
        {t('bulk.reviewed')}
      </Button>
      <Popover opened={open} onChange={setOpen} trapFocus position="bottom-start" width={300}>
        <Popover.Target>
          <Button size="compact-sm" h={32} variant="default" onClick={() => setOpen(!open)} aria-expanded={open}>
            {t('bulk.responsible')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <UserPicker label={t('filters.responsible')} value={null} autoFocus onChange={(id) => id !== null && send.mutate({ responsible_id: id })} />
          <Button mt="xs" variant="subtle" size="compact-sm" h={32} onClick={() => send.mutate({ responsible_id: null })}>
            {t('bulk.nobody')}
          </Button>
        </Popover.Dropdown>
      </Popover>
      {send.isPending && ids.length > atOnce && <BulkProgress done={done} of={ids.length} />}
    </Group>
  )
}
