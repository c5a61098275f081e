import { Anchor, Badge, Button, Drawer, Group, Loader, Skeleton, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { keys } from '@/api/keys'
import { useStageName } from '@/api/maps'
import { usePerformerName } from '@/api/people'
import { Due, KindBadge, StatusBadge, When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { InteractionIcon } from '@/ui/interactions/KindChoice'
import { useClosing } from '@/ui/useClosing'
import { useList } from '@/ui/useList'

import type { Behind as Opened, Listed } from './model'
import classes from './reports.module.css'
import { useSay } from './useSay'

const perPage = 50

interface Props {
  behind: Opened | undefined
  /** What the report is narrowed by: another one has another list. */
  narrowed: unknown
  onClose: () => void
}

const nothing = () => false

/** Behind is the list of what a figure counts; each leads to its card. */
export function Behind({ behind, narrowed, onClose }: Props) {
  const { t } = useTranslation()
  const close = useClosing(behind !== undefined, nothing, onClose)
  return (
    <Drawer opened={behind !== undefined} onClose={close} closeOnEscape={false} position="right" size="lg" title={<Text fw={600} style={{ overflowWrap: 'anywhere' }}>{behind?.title}</Text>} closeButtonProps={{ 'aria-label': t('close') }}>
      {behind !== undefined && <Items key={behind.key} behind={behind} narrowed={narrowed} />}
    </Drawer>
  )
}

function Items({ behind, narrowed }: { behind: Opened; narrowed: unknown }) {
  const { t, common } = useSay()
  const list = useList<Listed[keyof Listed]>([...keys.reports, 'behind', behind.key, narrowed], (after) => behind.read({ limit: perPage, ...(after === undefined ? {} : { after }) }))
  if (list.isPending) {
    return (
      <Stack gap={8} role="status" aria-label={common('loading')}>
        {Array.from({ length: 5 }, (_, i) => (
          <Skeleton key={i} height={52} />
        ))}
      </Stack>
    )
  }
  if (list.isError && list.data === undefined) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  const items = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  if (items.length === 0) return <Empty title={t('behind.empty')} text={t('behind.emptyText')} />
  return (
    <>
      <div role="list" aria-label={behind.title}>
        {items.map((item) => (
          <Item key={item.id} list={behind.list} item={item} />
        ))}
      </div>
      <Group justify="center" p="sm" aria-live="polite">
        {list.isFetchingNextPage ? (
          <Loader size="sm" aria-label={common('list.loadingMore')} />
        ) : list.hasNextPage ? (
          <Button variant="default" size="compact-md" onClick={() => void list.fetchNextPage()}>
            {t('behind.more')}
          </Button>
        ) : (
          <Text size="xs" c="dimmed">
            {common('list.end')}
          </Text>
        )}
      </Group>
      {list.isFetchNextPageError && <Failure error={list.error} onRetry={() => void list.fetchNextPage()} />}
    </>
  )
}

// What the list is of says what its items are; the compiler cannot follow that through a list of lists.
function Item({ list, item }: { list: keyof Listed; item: Listed[keyof Listed] }) {
  switch (list) {
    case 'cases':
      return <CaseLine item={item as Listed['cases']} />
    case 'tasks':
      return <TaskLine item={item as Listed['tasks']} />
    case 'clients':
      return <ClientLine item={item as Listed['clients']} />
    case 'interactions':
      return <InteractionLine item={item as Listed['interactions']} />
  }
}

function Line({ to, name, above, below, aside }: { to: string; name: string; above?: ReactNode; below?: ReactNode; aside?: ReactNode }) {
  return (
    <div role="listitem" className={classes.behind}>
      <div style={{ minWidth: 0 }}>
        <Group gap={6}>{above}</Group>
        <Anchor component={Link} to={to} size="sm" c="inherit" fw={550} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>
          {below}
        </Text>
      </div>
      <Stack gap={2} align="flex-end">
        {aside}
      </Stack>
    </div>
  )
}

function CaseLine({ item }: { item: Listed['cases'] }) {
  const { t, format } = useSay()
  const stageName = useStageName()
  return (
    <Line
      to={`/cases/${item.number}`}
      name={item.topic === '' ? t('behind.noTopic') : item.topic}
      above={
        <>
          <KindBadge kind={item.kind} />
          <Text size="xs" c="dimmed">
            {item.number}
          </Text>
        </>
      }
      below={[item.client_name, item.responsible_name].filter(Boolean).join(' · ')}
      aside={
        <>
          {item.status === 'open' ? <Text size="xs">{stageName(item.map?.id, item.stage)}</Text> : <StatusBadge status={item.status} />}
          {item.status === 'open' && <Due at={item.due_at} overdue={item.overdue} size="xs" />}
          {item.sale?.potential !== undefined && <Text size="xs">{format.money(item.sale.potential, item.sale.currency)}</Text>}
        </>
      }
    />
  )
}

function TaskLine({ item }: { item: Listed['tasks'] }) {
  const performer = usePerformerName()
  return <Line to={`/tasks/${item.id}`} name={item.name} below={[item.case?.number, performer(item.performer)].filter(Boolean).join(' · ')} aside={<Due at={item.due_at} overdue={item.overdue} size="xs" />} />
}

function ClientLine({ item }: { item: Listed['clients'] }) {
  const { t } = useSay()
  return <Line to={`/clients/${item.id}`} name={item.name} above={item.status === 'active' && <Badge color="teal">{t('behind.active')}</Badge>} />
}

function InteractionLine({ item }: { item: Listed['interactions'] }) {
  const { common } = useSay()
  return (
    <Line
      to={`/interactions/${item.id}`}
      name={item.topic === undefined || item.topic === '' ? common(`interactionKinds.${item.kind}`) : item.topic}
      above={<InteractionIcon kind={item.kind} named />}
      below={item.result}
      aside={<When at={item.at} size="xs" c="dimmed" />}
    />
  )
}
