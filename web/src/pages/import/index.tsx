import { Badge, Group, Progress, SegmentedControl, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, newKey } from '@/api/client'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRight } from '@/app/session'
import { MissingPage } from '@/app/BrokenPage'
import { useFormat } from '@/i18n/useFormat'
import { When } from '@/ui/bits'
import { Block } from '@/ui/Block'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { DropZone } from '@/ui/files/DropZone'
import { upload } from '@/ui/files/upload'
import { ListTable, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { useFilters } from '@/ui/useFilters'
import { useList } from '@/ui/useList'

import { importKey, importsKey, type Import } from './imports'
import { Standing } from './Standing'

const largestTable = 10 * 1024 * 1024

/** Imports is where a table of clients or contacts is handed over, and where earlier ones are. */
export default function Imports() {
  const { t } = useTranslation('imports')
  const works = useRight('work')
  const { filter, set } = useFilters(['of'])
  const of = filter.of === 'contact' ? 'contact' : 'client'
  if (!works) return <MissingPage />
  return (
    <Page title={t('title')}>
      <Stack gap="md">
        <Block title={t('new')}>
          <Stack gap="sm">
            <Group gap="sm">
              <SegmentedControl aria-label={t('of')} value={of} onChange={(chosen) => set({ of: chosen })} data={(['client', 'contact'] as const).map((value) => ({ value, label: t(`kinds.${value}`) }))} />
            </Group>
            <Text size="sm" maw={760}>
              {t(`needs.${of}`)}
            </Text>
            <NewImport key={of} of={of} />
          </Stack>
        </Block>
        <Text component="h2" size="h5" fw={650} m={0}>
          {t('earlier')}
        </Text>
        <Earlier of={of} />
      </Stack>
    </Page>
  )
}

function NewImport({ of }: { of: Import['of'] }) {
  const { t } = useTranslation('imports')
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [sent, setSent] = useState(0)
  const [large, setLarge] = useState(false)
  const sending = useMutation({
    mutationFn: (file: File) => upload<Import>(`/imports?of=${of}`, file, newKey(), setSent),
    onSuccess: (made) => {
      queries.setQueryData(importKey(made.id), made)
      void queries.invalidateQueries({ queryKey: importsKey })
      void navigate(`/import/${made.id}`)
    },
  })
  const take = ([file]: File[]) => {
    if (file === undefined) return
    sending.reset()
    setSent(0)
    setLarge(file.size > largestTable)
    if (file.size <= largestTable) sending.mutate(file)
  }
  return (
    <DropZone text={t('drop')} choose={t('choose')} accept=".csv,.xlsx,.txt,text/csv" disabled={sending.isPending} onFiles={take}>
      <Stack gap="xs" mt="xs">
        {sending.isPending && <Progress value={sent} aria-label={t('uploading', { name: sending.variables.name })} animated={sent >= 100} />}
        {large && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {t('large')}
          </Text>
        )}
        {sending.isError && <Failure error={asApiError(sending.error)} onRetry={asApiError(sending.error).status === 0 ? () => take([sending.variables]) : undefined} />}
      </Stack>
    </DropZone>
  )
}

function Earlier({ of }: { of: Import['of'] }) {
  const { t } = useTranslation('imports')
  const list = useList([...importsKey, 'list', of], (after) => answer(api.GET('/api/v1/imports', { params: { query: { of, ...(after === undefined ? {} : { after }) } } })))
  const columns = useColumns()
  return (
    <ListTable label={t('earlier')} query={list} columns={columns} idOf={(item) => item.id} nameOf={(item) => item.file_name} to={(item) => `/import/${item.id}`} empty={<Empty title={t('none')} text={t('noneText')} />} />
  )
}

function useColumns(): ListColumn<Import>[] {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const userName = useUserName()
  return [
    {
      key: 'file',
      head: t('columns.file'),
      width: 'minmax(0, 2fr)',
      cell: (item) => (
        <Text component={Link} to={`/import/${item.id}`} size="sm" fw={550} truncate display="block" c="inherit">
          {item.file_name}
        </Text>
      ),
    },
    { key: 'status', head: t('columns.status'), width: '150px', cell: (item) => <Standing status={item.status} /> },
    {
      key: 'rows',
      head: t('columns.rows'),
      phone: false,
      cell: (item) => (
        <Group gap={4}>
          <Badge color="gray">{format.number(String(item.rows.total))}</Badge>
          {item.rows.made > 0 && <Badge color="green">{t('counts.made', { count: item.rows.made })}</Badge>}
          {item.rows.failed > 0 && <Badge color="red">{t('counts.failed', { count: item.rows.failed })}</Badge>}
        </Group>
      ),
    },
    { key: 'by', head: t('columns.by'), phone: false, cell: (item) => <Text size="sm" truncate>{userName(item.created_by)}</Text> },
    { key: 'at', head: t('columns.at'), width: '150px', phone: false, cell: (item) => <When at={item.created_at} size="sm" /> },
  ]
}
