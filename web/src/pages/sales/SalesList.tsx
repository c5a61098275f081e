import { Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useStageName } from '@/api/maps'
import { useBlocks } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Due, KindBadge, When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { useList } from '@/ui/useList'

import type { SalesFilter } from './index'

type Sale = Schema<'CaseItem'>

/** SalesList is the same cases in the order of what comes next. */
export function SalesList({ filter }: { filter: SalesFilter }) {
  const { t } = useTranslation(['sales', 'common'])
  const format = useFormat()
  const stageName = useStageName()
  const { interactions } = useBlocks()
  // Without a responsible the list is one's own: everybody's are the open deals and interests.
  const list = useList([...keys.sales, filter], (after) => {
    const query = { ...filter, ...(after === undefined ? {} : { after }) }
    return filter.responsible === undefined
      ? answer(api.GET('/api/v1/cases', { params: { query: { ...query, kind: ['deal', 'interest'], status: 'open' } } }))
      : answer(api.GET('/api/v1/sales', { params: { query } }))
  })
  const columns: ListColumn<Sale>[] = [
    {
      key: 'topic',
      head: t('columns.case'),
      width: 'minmax(0, 2.4fr)',
      cell: (sale) => (
        <>
          <Group gap={6} wrap="nowrap">
            <KindBadge kind={sale.kind} size="sm" />
            <Text size="xs" c="dimmed">
              {sale.number}
            </Text>
          </Group>
          <Text component={Link} to={`/cases/${sale.number}`} size="sm" fw={550} truncate display="block" c="inherit">
            {sale.topic}
          </Text>
        </>
      ),
    },
    { key: 'client', head: t('columns.client'), phone: false, cell: (sale) => <Text size="sm" truncate>{sale.client_name}</Text> },
    { key: 'stage', head: t('columns.stage'), phone: false, cell: (sale) => <Text size="sm" truncate>{stageName(sale.map?.id, sale.stage)}</Text> },
    {
      key: 'next',
      head: t('columns.next'),
      cell: (sale) =>
        sale.next_interaction ? (
          <Text size="sm">
            {t(`common:interactionKinds.${sale.next_interaction.kind}`)}: <When at={sale.next_interaction.at} />
          </Text>
        ) : (
          <Text size="sm" c="var(--mantine-color-orange-light-color)">
            {t('nothingPlanned')}
          </Text>
        ),
    },
    { key: 'due', head: t('columns.due'), phone: false, cell: (sale) => <Due at={sale.due_at} overdue={sale.overdue} /> },
    { key: 'amount', head: t('columns.amount'), width: '130px', phone: false, align: 'right', cell: (sale) => sale.sale?.potential !== undefined && <Text size="sm">{format.money(sale.sale.potential, sale.sale.currency)}</Text> },
  ]
  const narrowed = filter.q !== undefined || filter.overdue === true || filter.unplanned === true
  return (
    <ListTable
      label={t('title')}
      query={list}
      columns={columns.filter((column) => column.key !== 'next' || interactions)}
      idOf={(sale) => sale.id}
      nameOf={(sale) => `${sale.number} ${sale.topic}`}
      to={(sale) => `/cases/${sale.number}`}
      empty={narrowed ? <Nothing /> : <Empty title={t('empty')} text={t('emptyText')} />}
    />
  )
}
