import { Button, Group, Modal, MultiSelect, Select, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import type { RouteMap } from '@/api/maps'
import { useDepartments, useUsers } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

type Availability = Schema<'Availability'>

function useOffices(): Schema<'Office'>[] {
  const { data } = useQuery({ queryKey: keys.offices, queryFn: () => answer(api.GET('/api/v1/offices')), staleTime: 5 * 60_000 })
  return useMemo(() => data?.items ?? [], [data])
}

/** useAudience puts into words who may choose a map (R38). */
export function useAudience(): (to: Availability) => string {
  const { t } = useTranslation('maps')
  const offices = useOffices()
  const departments = useDepartments()
  const users = useUsers()
  return useCallback(
    (to) => {
      const all = [
        ...(to.offices ?? []).map((key) => offices.find((one) => one.key === key || one.id === key)?.name ?? key),
        ...(to.departments ?? []).map((key) => departments.find((one) => one.key === key || one.id === key)?.name ?? key),
        ...(to.users ?? []).map((key) => users.find((one) => one.login === key || one.id === key)?.name ?? key),
      ]
      return all.length === 0 ? t('audience.everyone') : all.join(', ')
    },
    [t, offices, departments, users],
  )
}

const states = ['active', 'draft', 'archived'] as const

/**
 * AudienceDialog lets a designer say who may choose a map for new cases, and whether anybody may (R38). What a colleague has changed
 * meanwhile is read and shown, and one chooses anew.
 */
export function AudienceDialog({ map, onClose }: { map: Versioned<RouteMap>; onClose: () => void }) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const queries = useQueryClient()
  const offices = useOffices()
  const departments = useDepartments()
  const users = useUsers()
  const [state, setState] = useState(map.data.state)
  const [to, setTo] = useState<Availability>(map.data.available_to)
  const save = useMutation({
    mutationFn: () => answer(api.PATCH('/api/v1/route-maps/{id}', { params: { path: { id: map.data.id }, header: { 'If-Match': map.etag } }, body: { state, available_to: { offices: to.offices ?? [], departments: to.departments ?? [], users: to.users ?? [] } } })),
    onSuccess: async () => {
      tell.done(t('audience.saved'))
      onClose()
      await queries.invalidateQueries({ queryKey: keys.routeMaps })
    },
    // The record is read again, so that the next try is about what is there now; what was chosen stays in the form.
    onError: () => queries.invalidateQueries({ queryKey: keys.routeMaps }),
  })
  const stale = save.isError && asApiError(save.error).code === 'stale'
  const listed = (all: { key: string; name: string; active: boolean }[], chosen: string[] | null | undefined) => all.filter((one) => one.active || (chosen ?? []).includes(one.key)).map((one) => ({ value: one.key, label: one.name }))
  const field = (name: keyof Availability, all: { key: string; name: string; active: boolean }[]) => (
    <MultiSelect
      label={t(`audience.${name}`)}
      placeholder={(to[name] ?? []).length === 0 ? t('audience.none') : ''}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common('clear') }}
      data={listed(all, to[name])}
      value={to[name] ?? []}
      onChange={(value) => setTo({ ...to, [name]: value })}
    />
  )
  return (
    <Modal opened onClose={onClose} title={t('audience.dialog')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack gap="sm">
        {save.isError && !stale && <Failure error={save.error} />}
        {stale && (
          <Text size="sm" role="alert" c="red">
            {t('audience.stale')}
          </Text>
        )}
        <Select label={t('state')} description={t(`stateText.${state}`)} allowDeselect={false} data={states.map((one) => ({ value: one, label: t(`states.${one}`) }))} value={state} onChange={(value) => setState(states.find((one) => one === value) ?? state)} />
        <Text size="sm" c="dimmed">
          {t('audience.text')}
        </Text>
        {field('offices', offices.map((one) => ({ key: one.key, name: one.name, active: one.active })))}
        {field('departments', departments.map((one) => ({ key: one.key, name: one.name, active: one.active })))}
        {field('users', users.map((one) => ({ key: one.login, name: one.name, active: one.active })))}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            {common('save')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
