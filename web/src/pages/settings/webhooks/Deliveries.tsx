import { Anchor, Badge, Button, Group, SegmentedControl, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import { When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { tell } from '@/ui/tell'
import { useList } from '@/ui/useList'

import type { Delivery, EventKind, Webhook } from './webhooks'

const readAgain = 2000
const colors: Record<Delivery['status'], string> = { pending: 'blue', delivered: 'green', failed: 'red' }
const statuses = ['pending', 'delivered', 'failed'] as const

/** useWhat says what a delivery tells of. */
function useWhat(): (delivery: Delivery) => string {
  const { t } = useTranslation('webhooks')
  return ({ kind }) => t(`events.${kind as EventKind | 'test'}`)
}

/** Deliveries is what a webhook was or is to be told, and what became of it. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks')
  const what = useWhat()
  const [status, setStatus] = useState<'all' | Delivery['status']>('all')
  const query = useList<Delivery>([...keys.webhooks, webhook.id, 'deliveries', status], (after) =>
    answer(api.GET('/api/v1/webhooks/{id}/deliveries', { params: { path: { id: webhook.id }, query: { limit: 50, ...(after === undefined ? {} : { after }), ...(status === 'all' ? {} : { status }) } } })),
  )
  // What becomes of a delivery comes by no event.
  const { refetch } = query
  useEffect(() => {
    const timer = setInterval(() => void refetch({ cancelRefetch: false }), readAgain)
    return () => clearInterval(timer)
  }, [refetch])
  const columns: ListColumn<Delivery>[] = [
    {
      key: 'what', head: t('what'),
      cell: (delivery) => (
        <>
          <Text size="sm">{what(delivery)}</Text>
          {delivery.case_id !== undefined && (
            <Anchor component={Link} to={`/cases/${delivery.case_id}`} size="xs">
              {t('openCase')}
            </Anchor>
          )}
        </>
      ),
    },
    { key: 'when', head: t('when'), width: '130px', phone: false, cell: (delivery) => <When at={delivery.happened_at} size="sm" /> },
    { key: 'fate', head: t('fate'), cell: (delivery) => <Fate delivery={delivery} /> },
    { key: 'retry', head: <VisuallyHidden>{t('retry')}</VisuallyHidden>, width: '120px', cell: (delivery) => delivery.may_retry && <Retry delivery={delivery} webhook={webhook.id} /> },
  ]
  return (
    <Stack gap="sm" component="section" aria-label={t('deliveries')}>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t('deliveries')}
        </Title>
        <SegmentedControl size="xs" aria-label={t('fate')} value={status} onChange={setStatus} data={[{ value: 'all', label: t('all') }, ...statuses.map((one) => ({ value: one, label: t(`statuses.${one}`) }))]} />
      </Group>
      <ListTable label={t('deliveries')} query={query} columns={columns} idOf={(delivery) => delivery.id} nameOf={what} empty={status === 'all' ? <Empty title={t('noDeliveries')} text={t('noDeliveriesText')} /> : <Nothing />} />
    </Stack>
  )
}

function Fate({ delivery: { status, answer: code, problem, attempts, next_at } }: { delivery: Delivery }) {
  const { t } = useTranslation('webhooks')
  const format = useFormat()
  const words = [
    problem === undefined ? '' : t(`problems.${problem}`), code === undefined ? '' : t('answer', { status: code }), attempts > 0 ? t('attempts', { count: attempts }) : '',
    next_at === undefined || attempts === 0 ? '' : t('nextAt', { when: format.moment(next_at) }),
  ]
  return (
    <>
      <Badge color={colors[status]}>{t(`statuses.${status}`)}</Badge>
      <Text size="xs" c="dimmed">
        {words.filter((word) => word !== '').join(' · ')}
      </Text>
    </>
  )
}

function Retry({ delivery, webhook }: { delivery: Delivery; webhook: string }) {
  const { t } = useTranslation('webhooks')
  const what = useWhat()
  const queries = useQueryClient()
  const retry = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/webhooks/{id}/deliveries/{delivery}/retry', { params: { path: { id: webhook, delivery: delivery.id } } })),
    onSuccess: () => tell.done(t('retried')), onError: tell.problem, onSettled: () => queries.invalidateQueries({ queryKey: keys.webhooks }),
  })
  return (
    <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate()} aria-label={t('retryOf', { what: what(delivery) })}>
      {t('retry')}
    </Button>
  )
}
