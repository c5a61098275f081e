import { MultiSelect, Select, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import type { RouteMap } from '@/api/maps'
import { useDepartments, useUsers } from '@/api/people'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
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

interface Draft {
  state: RouteMap['state']
  offices: string[]
  departments: string[]
  users: string[]
}

const draftOf = ({ state, available_to: to }: RouteMap): Draft => ({ state, offices: to.offices ?? [], departments: to.departments ?? [], users: to.users ?? [] })

/**
 * AudienceDialog lets a designer say who may choose a map for new cases, and whether anybody may (R38). What a colleague has changed
 * meanwhile stays; what both have, one chooses anew.
 */
export function AudienceDialog({ map, onClose }: { map: Versioned<RouteMap>; onClose: () => void }) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const queries = useQueryClient()
  const offices = useOffices()
  const departments = useDepartments()
  const users = useUsers()
  const audience = useAudience()
  const { id } = map.data
  const path = { id }
  const form = useRecordForm<Draft>({
    start: draftOf(map.data),
    etag: map.etag,
    read: async () => {
      const { data, etag } = await versioned(api.GET('/api/v1/route-maps/{id}', { params: { path } }))
      return { data: draftOf(data), etag }
    },
    write: ({ state, ...available_to }, etag) => answer(api.PATCH('/api/v1/route-maps/{id}', { params: { path, header: { 'If-Match': etag ?? '*' } }, body: { state, available_to } })),
    onDone: () => {
      tell.done(t('audience.saved'))
      onClose()
      void queries.invalidateQueries({ queryKey: keys.routeMaps })
    },
  })
  const { draft, set } = form
  const listed = (all: { key: string; name: string; active: boolean }[], chosen: string[]) => all.filter((one) => one.active || chosen.includes(one.key)).map((one) => ({ value: one.key, label: one.name }))
  const field = (name: 'offices' | 'departments' | 'users', all: { key: string; name: string; active: boolean }[]) => (
    <MultiSelect
      label={t(`audience.${name}`)}
      placeholder={draft[name].length === 0 ? t('audience.none') : ''}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common('clear') }}
      data={listed(all, draft[name])}
      value={draft[name]}
      onChange={(value) => set({ [name]: value })}
    />
  )
  const shown = (name: keyof Draft, value: unknown) => (name === 'state' ? t(`states.${value as RouteMap['state']}`) : (value as string[]).length === 0 ? t('audience.none') : audience({ [name]: value as string[] }))
  return (
    <FormWindow title={t('audience.dialog')} form={form} onClose={onClose} fieldName={(name) => (name === 'state' ? t('state') : t(`audience.${name}`))} shown={shown} pointers={[]}>
      <Select label={t('state')} description={t(`stateText.${draft.state}`)} allowDeselect={false} data={states.map((one) => ({ value: one, label: t(`states.${one}`) }))} value={draft.state} onChange={(value) => set({ state: states.find((one) => one === value) ?? draft.state })} />
      <Text size="sm" c="dimmed">
        {t('audience.text')}
      </Text>
      {field('offices', offices.map((one) => ({ key: one.key, name: one.name, active: one.active })))}
      {field('departments', departments.map((one) => ({ key: one.key, name: one.name, active: one.active })))}
      {field('users', users.map((one) => ({ key: one.login, name: one.name, active: one.active })))}
    </FormWindow>
  )
}
