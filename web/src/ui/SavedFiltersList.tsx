import { ActionIcon, Alert, Button, Divider, Group, Loader, Text, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useMe } from '@/app/session'
import { inBrowser, store, stored } from '@/ui/edit/kept'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

/** The lists that filters are kept for. */
export type List = Schema<'SavedFilter'>['list']

/** A filter that is kept under a name: the query of its address. */
interface Filter {
  name: string
  query: string
}

interface Saving extends Filter {
  /** Over another one of this name. */
  replace?: boolean
}

const save = (list: List, filter: Saving) => answer(api.POST('/api/v1/me/filters', { body: { list, ...filter } }))

const isTaken = (error: unknown) => asApiError(error).code === 'saved_filter_exists'

// Of so many names one is free.
const names = 20

/** saveBeside saves a filter under its name, or where that is taken under the first that is free: what is there already stays. */
async function saveBeside(list: List, { name, query }: Filter): Promise<void> {
  for (let n = 1; ; n += 1) {
    try {
      await save(list, { name: n === 1 ? name : `${name} ${n}`, query })
      return
    } catch (error) {
      if (!isTaken(error) || n === names) throw error
    }
  }
}

/** carryOver brings what an earlier release kept in this browser alone to the server; what is refused stays here and holds up nothing. */
async function carryOver(list: List, user: string): Promise<void> {
  const key = `marshrut.${list}.filters.${user}`
  const old = stored(inBrowser, key)
  if (!Array.isArray(old)) return
  const left: Partial<Filter>[] = []
  for (const one of old as Partial<Filter>[]) {
    const { name, query } = one
    if (typeof name !== 'string' || typeof query !== 'string' || name.trim() === '' || query === '') continue
    await saveBeside(list, { name, query }).catch(() => left.push(one))
  }
  store(inBrowser, key, left.length === 0 ? undefined : left)
}

/** useSavedFilters are one's filters of a list. */
function useSavedFilters(list: List) {
  const { t } = useTranslation('saved')
  const queries = useQueryClient()
  const user = useMe()?.id ?? ''
  const queryKey = [...keys.filters, list]
  const again = () => queries.invalidateQueries({ queryKey })
  const read = useQuery({
    queryKey,
    queryFn: async () => {
      await carryOver(list, user)
      return answer(api.GET('/api/v1/me/filters', { params: { query: { list } } }))
    },
    enabled: user !== '',
  })
  const keep = useMutation({ mutationFn: (filter: Saving) => save(list, filter), onSettled: again })
  const remove = useMutation({
    mutationFn: (filter: Filter & { id: string }) => answer(api.DELETE('/api/v1/me/filters/{id}', { params: { path: { id: filter.id } } })),
    onSuccess: (_, { name, query }) => tell.done(t('removed', { name }), () => void save(list, { name, query }).catch(tell.problem).then(again)),
    onError: tell.problem,
    onSettled: again,
  })
  return { read, keep, remove }
}

/** SavedFiltersList is what the window of saved filters has: those that there are, and the form that keeps another one. */
export default function SavedFiltersList({ of, query, onUse }: { of: List; query: string; onUse: (query: string) => void }) {
  const { t } = useTranslation('saved')
  const { t: common } = useTranslation()
  const { read, keep, remove } = useSavedFilters(of)
  const [name, setName] = useState('')
  const filters = read.data?.items ?? []
  const refused = keep.isError ? asApiError(keep.error) : undefined
  const taken = refused !== undefined && isTaken(refused)
  const send = (replace: boolean) => {
    if (name.trim() === '' || query === '') return
    keep.mutate(
      { name: name.trim(), query, replace },
      {
        onSuccess: (filter) => {
          setName('')
          tell.done(t('done', { name: filter.name }))
        },
      },
    )
  }
  return (
    <>
      {read.isPending && <Loader size="sm" role="status" aria-label={t('loading')} />}
      {read.isError && read.data === undefined && <Failure error={read.error} onRetry={() => void read.refetch()} />}
      {read.isSuccess && filters.length === 0 && <Text size="sm" c="dimmed">{t('none')}</Text>}
      {filters.length > 0 && (
        <ul aria-label={common('saved.title')} style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {filters.map((filter) => (
            <Group key={filter.id} component="li" gap={4} wrap="nowrap">
              <Button variant="subtle" color="gray" size="compact-md" justify="flex-start" h="auto" mih={30} onClick={() => onUse(filter.query)} style={{ flex: 1, minWidth: 0 }} styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere', textAlign: 'left', lineHeight: 1.35, paddingBlock: 4, fontSize: 'var(--mantine-font-size-sm)', fontWeight: 500 } }}>
                {filter.name}
              </Button>
              <ActionIcon variant="subtle" color="gray" size={30} onClick={() => remove.mutate(filter)} aria-label={t('remove', { name: filter.name })}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            </Group>
          ))}
        </ul>
      )}
      <Divider my={6} />
      <form
        noValidate
        aria-label={t('keep')}
        onSubmit={(event) => {
          event.preventDefault()
          send(false)
        }}
      >
        <Group gap={6} wrap="nowrap" align="flex-start">
          <TextInput
            size="xs"
            aria-label={t('name')}
            placeholder={t('name')}
            value={name}
            maxLength={100}
            disabled={query === ''}
            error={refused?.field('/name')}
            onChange={(event) => {
              setName(event.currentTarget.value)
              keep.reset()
            }}
            style={{ flex: 1 }}
          />
          <Button size="xs" type="submit" loading={keep.isPending} disabled={query === '' || name.trim() === ''}>
            {common('save')}
          </Button>
        </Group>
        {query === '' && (
          <Text size="xs" c="dimmed" pt={4}>
            {t('nothing')}
          </Text>
        )}
        {taken && (
          <Alert color="orange" role="alert" p="xs" mt={6} title={t('taken')}>
            <Group gap="xs">
              <Button size="compact-sm" onClick={() => send(true)}>
                {t('replace')}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => keep.reset()}>
                {common('cancel')}
              </Button>
            </Group>
          </Alert>
        )}
        {refused !== undefined && !taken && refused.field('/name') === undefined && <Failure error={refused} />}
      </form>
    </>
  )
}
