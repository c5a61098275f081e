import { Badge, Button, Checkbox, Group, Popover, Select, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams, useSearchParams } from 'react-router'

import { answer, api, newKey } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf } from '@/i18n/wall'
import { When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { useInteractionsChanged, type InteractionChange } from '@/ui/interactions/actions'
import { interactionKinds, type Interaction } from '@/ui/interactions/draft'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { InteractionIcon } from '@/ui/interactions/KindChoice'
import { ClientName } from '@/ui/interactions/PartyName'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { ClientPicker, UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'
import { useList } from '@/ui/useList'

const PeriodInput = lazy(() => import('./PeriodInput'))

/** Interactions is the register of all interactions (R13, R47), with the responsible and “reviewed” set in bulk (R27, R28). */
export default function Interactions() {
  const { t } = useTranslation('register')
  const { id } = useParams()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const works = useRight('work')
  const [asked, ask] = useState<InteractionAsked>()
  const opened: InteractionAsked | undefined = asked ?? (id === undefined ? undefined : { to: 'edit', id })
  const search = params.size === 0 ? '' : `?${params.toString()}`
  const close = () => {
    ask(undefined)
    if (id !== undefined) void navigate(`/interactions${search}`, { replace: true })
  }
  return (
    <Page
      title={t('title')}
      actions={
        works && (
          <>
            <Button variant="default" onClick={() => ask({ to: 'record' })}>
              {t('record')}
            </Button>
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => ask({ to: 'plan' })}>
              {t('plan')}
            </Button>
          </>
        )
      }
    >
      <Stack gap="md">
        <Filters />
        <Register search={search} />
      </Stack>
      <InteractionDialog asked={opened} onClose={close} />
    </Page>
  )
}

const named = ['kind', 'status', 'responsible', 'client', 'from', 'to', 'lost', 'review', 'planned'] as const
type Name = (typeof named)[number]

/** useFilter is what the address asks for. */
function useFilter(): { value: (name: Name) => string | null; set: (name: Name, value: string | null) => void; clear: () => void; any: boolean } {
  const [params, setParams] = useSearchParams()
  return {
    value: (name) => params.get(name),
    set: (name, value) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          if (value === null || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true },
      ),
    clear: () => setParams({}, { replace: true }),
    any: named.some((name) => params.has(name)),
  }
}

function Filters() {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const filter = useFilter()
  const clearing = { clearable: true, clearButtonProps: { 'aria-label': common('clear') } } as const
  return (
    <Group gap="sm" align="flex-end">
      <Select w={150} label={t('filters.kind')} data={interactionKinds.map((kind) => ({ value: kind, label: common(`interactionKinds.${kind}`) }))} value={filter.value('kind')} onChange={(kind) => filter.set('kind', kind)} {...clearing} />
      <Select w={160} label={t('filters.status')} data={statuses.map((status) => ({ value: status, label: t(`statuses.${status}`) }))} value={filter.value('status')} onChange={(status) => filter.set('status', status)} {...clearing} />
      <div style={{ width: 210 }}>
        <UserPicker label={t('filters.responsible')} value={filter.value('responsible') === 'none' ? null : filter.value('responsible')} disabled={filter.value('responsible') === 'none'} onChange={(id) => filter.set('responsible', id)} />
      </div>
      <div style={{ width: 210 }}>
        <ClientPicker label={t('filters.client')} value={filter.value('client')} onChange={(id) => filter.set('client', id)} />
      </div>
      <Suspense fallback={<div style={{ width: 250 }} />}>
        <PeriodInput label={t('filters.period')} from={filter.value('from')} to={filter.value('to')} onChange={(from, to) => (filter.set('from', from), filter.set('to', to))} />
      </Suspense>
      <Group gap="md" h={36}>
        <Checkbox label={t('filters.nobody')} checked={filter.value('responsible') === 'none'} onChange={(event) => filter.set('responsible', event.currentTarget.checked ? 'none' : null)} />
        <Checkbox label={t('filters.review')} checked={filter.value('review') !== null} onChange={(event) => filter.set('review', event.currentTarget.checked ? 'due' : null)} />
        <Checkbox label={t('filters.lost')} checked={filter.value('lost') !== null} onChange={(event) => filter.set('lost', event.currentTarget.checked ? 'true' : null)} />
        <Checkbox label={t('filters.planned')} checked={filter.value('planned') !== null} onChange={(event) => filter.set('planned', event.currentTarget.checked ? 'true' : null)} />
        {filter.any && (
          <Button variant="subtle" size="compact-sm" h={32} onClick={filter.clear}>
            {common('clear')}
          </Button>
        )}
      </Group>
    </Group>
  )
}

const statuses = ['planned', 'completed', 'cancelled'] as const

/** useQueryOf is the address's filter in the words of the API; days are those of the user's time zone. */
function useQueryOf() {
  const { timeZone } = useFormat()
  const { value } = useFilter()
  const [now] = useState(() => new Date().toISOString())
  const midnight = (day: string | null, after = 0) => (day === null ? undefined : instantOf({ date: dayAfter(day, after), time: '00:00' }, timeZone))
  const kind = interactionKinds.find((one) => one === value('kind'))
  return {
    kind: kind === undefined ? undefined : [kind],
    status: statuses.find((one) => one === value('status')),
    responsible: value('responsible') ?? undefined,
    client: value('client') ?? undefined,
    from: midnight(value('from')),
    to: midnight(value('to'), 1),
    lost: value('lost') === null ? undefined : true,
    review_due: value('review') === null ? undefined : now,
    // R17: what is planned and not taken off by the end of its case.
    register: value('planned') === null ? undefined : true,
    order: 'newest' as const,
  }
}

function Register({ search }: { search: string }) {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const filter = useFilter()
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
      empty={filter.any ? <Nothing /> : <Empty title={t('empty.title')} text={t('empty.text')} />}
      {...(works ? { bulk: (ids: string[], clear: () => void) => <Bulk ids={ids} onDone={clear} /> } : {})}
    />
  )
}

function useColumns(): ListColumn<Interaction>[] {
  const { t } = useTranslation('register')
  const { t: common } = useTranslation()
  const userName = useUserName()
  return [
    { key: 'at', head: t('columns.at'), width: '150px', cell: (item) => <When at={item.at} /> },
    { key: 'kind', head: t('columns.kind'), width: '60px', phone: false, cell: (item) => <InteractionIcon kind={item.kind} size={18} named /> },
    {
      key: 'topic', head: t('columns.topic'), width: 'minmax(0, 2fr)',
      cell: (item) => (
        <Text size="sm" className="as-typed" lineClamp={2} td={item.status === 'cancelled' ? 'line-through' : undefined} c={item.status === 'cancelled' ? 'dimmed' : undefined}>
          {item.topic || common(`interactionKinds.${item.kind}`)}
        </Text>
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

/** Bulk changes what is selected; what could not be changed is said one by one. */
function Bulk({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const { t } = useTranslation('register')
  const changed = useInteractionsChanged()
  const [key, setKey] = useState(newKey)
  const [open, setOpen] = useState(false)
  const send = useMutation({
    mutationFn: (body: Pick<InteractionChange, 'reviewed' | 'responsible_id'>) => answer(api.POST('/api/v1/interactions/bulk', { params: { header: { 'Idempotency-Key': key } }, body: { ids: ids.slice(0, 200), ...body } })),
    onSuccess: (result) => {
      const refused = (result.items ?? []).filter((item) => item.code !== undefined)
      if (result.changed > 0) tell.done(t('bulk.done', { count: result.changed }))
      if (refused.length > 0) tell.problem(new Error([...new Set(refused.map((item) => item.text))].join(' ')))
      onDone()
    },
    onError: tell.problem,
    onSettled: () => {
      setKey(newKey())
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
      {ids.length > 200 && <Text size="xs">{t('bulk.most')}</Text>}
    </Group>
  )
}
