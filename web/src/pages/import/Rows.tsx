import { Anchor, Badge, Button, Chip, Group, Skeleton, Table, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api } from '@/api/client'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'

import { importKey, type Import, type ImportRow } from './imports'
import { useTargetName } from './useTargetName'

const colors = { pending: 'gray', made: 'green', duplicate: 'yellow', failed: 'red' } as const
// A common name is like very many.
const mostShown = 3

const results = ['failed', 'duplicate', 'made', 'pending'] as const

/** Rows are those of a table: before the import with what is wrong with them and whom they may double, afterwards with what became of them. */
export function Rows({ shown }: { shown: Import }) {
  const { t } = useTranslation(['imports', 'common'])
  const [result, setResult] = useState<ImportRow['result']>()
  const begun = shown.status !== 'uploaded'
  const list = useInfiniteQuery({
    // What a row is read as depends on the mapping; what became of it, on how far the import is.
    queryKey: [...importKey(shown.id), 'rows', result, begun ? shown.status : shown.mapping],
    queryFn: ({ pageParam }) => answer(api.GET('/api/v1/imports/{id}/rows', { params: { path: { id: shown.id }, query: { limit: 50, ...(result === undefined ? {} : { result }), ...(pageParam === undefined ? {} : { after: Number(pageParam) }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  })
  const rows = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <Block title={begun ? t('result') : t('preview')}>
      {begun && (
        <Chip.Group multiple={false} value={result ?? ''} onChange={(chosen) => setResult(chosen === result ? undefined : (chosen as ImportRow['result']))}>
          <Group gap={6} mb="sm" role="radiogroup" aria-label={t('show')}>
            {results.map((one) => (
              <Chip key={one} value={one} size="sm" onClick={() => one === result && setResult(undefined)}>
                {t(`results.${one}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
      {list.isPending && <Skeleton height={160} radius="md" />}
      {list.isError && rows.length === 0 && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('common:list.nothing')}
        </Text>
      )}
      {rows.length > 0 && <RowTable shown={shown} rows={rows} />}
      <Group justify="center" pt="xs">
        {list.hasNextPage ? (
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('moreRows')}
          </Button>
        ) : (
          rows.length > 0 && (
            <Text size="xs" c="dimmed">
              {t('common:list.end')}
            </Text>
          )
        )}
      </Group>
    </Block>
  )
}

function RowTable({ shown, rows }: { shown: Import; rows: ImportRow[] }) {
  const { t } = useTranslation('imports')
  const targetName = useTargetName(shown)
  const mapping = shown.mapping ?? []
  return (
    <Table.ScrollContainer minWidth={600} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('table') } }}>
      <Table verticalSpacing={6} aria-label={t('table')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">№</Table.Th>
            <Table.Th scope="col" miw={200}>
              {t('standing')}
            </Table.Th>
            {(shown.columns ?? []).map((column, i) => (
              <Table.Th scope="col" key={i} miw={120}>
                <span className="as-typed">{column}</span>
                <Text size="xs" c="dimmed">
                  {mapping[i] === undefined || mapping[i] === '' ? t('nowhere') : targetName(mapping[i])}
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row key={row.row} of={shown.of} row={row} columns={shown.columns?.length ?? 0} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Row({ of, row, columns }: { of: Import['of']; row: ImportRow; columns: number }) {
  const { t } = useTranslation('imports')
  const problems = row.problems ?? []
  const ofRow = problems.filter((problem) => problem.column === undefined)
  const card = (id: string) => `/${of === 'client' ? 'clients' : 'contacts'}/${id}`
  const duplicates = row.duplicates ?? []
  const wrong = row.result === 'pending' && problems.length > 0
  return (
    <Table.Tr>
      <Table.Th scope="row" style={{ verticalAlign: 'top' }}>
        {row.row}
      </Table.Th>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Badge color={wrong ? 'red' : colors[row.result]}>{wrong ? t('wrong') : t(`results.${row.result}`)}</Badge>
        {row.record_id !== undefined && (
          <Anchor component={Link} to={card(row.record_id)} size="sm" display="block">
            {t('open')}
          </Anchor>
        )}
        {ofRow.map((problem, i) => (
          <Text key={i} size="xs" c="var(--mantine-color-error)">
            {problem.detail}
          </Text>
        ))}
        {row.repeats_row !== undefined && (
          <Text size="xs">{t('repeats', { n: row.repeats_row })}</Text>
        )}
        {duplicates.slice(0, mostShown).map((known) => (
          <Text key={known.id} size="xs">
            {t('maybe')}{' '}
            <Anchor component={Link} to={card(known.id)} inherit className="as-typed">
              {known.name}
            </Anchor>
          </Text>
        ))}
        {duplicates.length > mostShown && (
          <Text size="xs" c="dimmed">
            {t('maybeMore', { n: duplicates.length - mostShown })}
          </Text>
        )}
      </Table.Td>
      {Array.from({ length: columns }, (_, column) => {
        const here = problems.filter((problem) => problem.column === column)
        return (
          <Table.Td key={column} style={{ verticalAlign: 'top' }}>
            <Text size="sm" className="as-typed" lineClamp={4}>
              {row.cells?.[column]}
            </Text>
            {here.map((problem, i) => (
              <Text key={i} size="xs" c="var(--mantine-color-error)">
                {problem.detail}
              </Text>
            ))}
          </Table.Td>
        )
      })}
    </Table.Tr>
  )
}
