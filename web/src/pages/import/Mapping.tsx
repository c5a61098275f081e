import { Alert, Group, Loader, Select, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'

import { importKey, useTargets, type Import } from './imports'
import { useTargetName } from './useTargetName'

// The choice to leave a column out.
const nowhere = '-'

interface Props {
  shown: Import
  onSaved: (now: Import) => void
  /** Tells whether there is a mapping that has not been taken yet. */
  onUnsaved: (unsaved: boolean) => void
}

/** Mapping says where each column of a table goes; what the names of the columns told is chosen already. */
export function Mapping({ shown, onSaved, onUnsaved }: Props) {
  const { t } = useTranslation(['imports', 'common'])
  const columns = shown.columns ?? []
  const [draft, setDraft] = useState(shown.mapping ?? [])
  const options = useOptions(shown)
  const samples = useSamples(shown.id)
  const save = useMutation({
    mutationFn: (mapping: string[]) => answer(api.PUT('/api/v1/imports/{id}/mapping', { params: { path: { id: shown.id } }, body: { mapping } })),
    onSuccess: (now) => {
      onUnsaved(false)
      onSaved(now)
    },
    onError: () => onUnsaved(true),
  })
  const choose = (column: number, target: string) => {
    // A place takes one column: the one that had it goes nowhere.
    const next = draft.map((before, i) => (i === column ? target : target !== '' && before === target ? '' : before))
    setDraft(next)
    save.mutate(next)
  }
  const problem = save.error === null ? undefined : asApiError(save.error)
  const errorOf = (column: number) => problem?.problem.errors?.find((error) => error.pointer === `/mapping/${column}`)?.detail
  const ofAll = problem?.problem.errors?.find((error) => error.pointer === '/mapping')?.detail
  const beside = problem?.problem.errors?.some((error) => error.pointer?.startsWith('/mapping')) ?? false
  return (
    <Block title={t('mapping')} actions={save.isPending && <Loader size="xs" aria-label={t('saving')} />}>
      <Text size="sm" mb="xs">
        {t('mappingText')}
      </Text>
      {ofAll !== undefined && (
        <Alert color="red" role="alert" mb="xs">
          {ofAll}
        </Alert>
      )}
      {problem !== undefined && !beside && <Failure error={problem} />}
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('mapping') } }}>
        <Table verticalSpacing={6} aria-label={t('mapping')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('column')}</Table.Th>
              <Table.Th scope="col">{t('sample')}</Table.Th>
              <Table.Th scope="col">{t('goesTo')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map((column, i) => (
              <Table.Tr key={i}>
                <Table.Th scope="row" className="as-typed">
                  {column}
                </Table.Th>
                <Table.Td>
                  <Text size="sm" c="dimmed" lineClamp={2} className="as-typed">
                    {samples[i]}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    <Select
                      w={260}
                      aria-label={t('goesToOf', { name: column })}
                      searchable
                      allowDeselect={false}
                      nothingFoundMessage={t('common:list.nothing')}
                      data={[{ value: nowhere, label: t('nowhere') }, ...options]}
                      value={draft[i] || nowhere}
                      onChange={(target) => choose(i, target === null || target === nowhere ? '' : target)}
                      error={errorOf(i)}
                    />
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Block>
  )
}

/** useOptions are the places, grouped by what they are about. */
function useOptions(shown: Import) {
  const { t } = useTranslation('imports')
  const name = useTargetName(shown)
  const places = useTargets(shown)
  const groupOf = (value: string) => (value.startsWith('attribute:') ? 'own' : value.startsWith('contact_') ? 'person' : ['legal_name', 'inn', 'kpp'].includes(value) ? 'legal' : 'record')
  return (['record', 'legal', 'person', 'own'] as const)
    .map((group) => ({
      group: group === 'record' ? t(`groups.${shown.of}`) : t(`groups.${group}`),
      items: places.filter((place) => groupOf(place.value) === group).map((place) => ({ value: place.value, label: name(place.value) })),
    }))
    .filter((group) => group.items.length > 0)
}

/** useSamples are a few values of each column. */
function useSamples(id: string): string[] {
  const rows = useQuery({ queryKey: [...importKey(id), 'samples'], queryFn: () => answer(api.GET('/api/v1/imports/{id}/rows', { params: { path: { id }, query: { limit: 20 } } })), staleTime: Infinity })
  const cells = (rows.data?.items ?? []).map((row) => row.cells ?? [])
  const columns = Math.max(0, ...cells.map((row) => row.length))
  return Array.from({ length: columns }, (_, column) => [...new Set(cells.map((row) => row[column] ?? '').filter((text) => text.trim() !== ''))].slice(0, 3).join(' · '))
}
