import { Anchor, Badge, Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useDepartments, useRoles } from '@/api/people'
import { useRight } from '@/app/session'
import { Empty } from '@/ui/Empty'
import { DepartmentPicker } from '@/ui/pickers'

import { Loaded, Rows, type Column } from '../parts'
import { UserForm } from './UserForm'

type User = Schema<'User'>

const states = ['active', 'inactive', 'all'] as const

/** UserList finds a colleague by name, login or e-mail. */
export function UserList() {
  const { t } = useTranslation(['settings', 'common'])
  const administers = useRight('administer')
  const navigate = useNavigate()
  const [params, setParams] = useSearchParams()
  const query = useQuery({ queryKey: keys.users, queryFn: () => answer(api.GET('/api/v1/users')) })
  const [making, setMaking] = useState(false)
  const words = params.get('q') ?? ''
  const state = states.find((one) => one === params.get('state')) ?? 'active'
  const department = params.get('department')
  const set = (name: string, value: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const fits = (user: User) =>
    (state === 'all' || user.active === (state === 'active')) &&
    (department === null || user.department_id === department) &&
    [user.name, user.login, user.email ?? '', user.phone ?? ''].some((text) => text.toLowerCase().includes(words.trim().toLowerCase()))
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <TextInput type="search" label={t('search')} w={240} leftSection={<IconSearch size={16} aria-hidden />} value={words} onChange={(event) => set('q', event.currentTarget.value)} />
        <DepartmentPicker label={t('users.fields.department_id')} value={department} onChange={(id) => set('department', id)} />
        <SegmentedControl aria-label={t('users.state')} value={state} onChange={(value) => set('state', value === 'active' ? null : value)} data={states.map((value) => ({ value, label: t(`users.states.${value}`) }))} />
        {administers && (
          <Button ml="auto" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t('users.new')}
          </Button>
        )}
      </Group>
      <Loaded query={query}>{(list) => <Found users={(list.items ?? []).filter(fits).sort((a, b) => a.name.localeCompare(b.name))} />}</Loaded>
      {making && <UserForm onClose={() => setMaking(false)} onMade={(id) => void navigate(`/settings/users/${id}`)} />}
    </Stack>
  )
}

function Found({ users }: { users: User[] }) {
  const { t } = useTranslation(['settings', 'common'])
  const roles = useRoles()
  const departments = useDepartments()
  const roleName = (key: string) => roles.find((role) => role.key === key)?.name ?? key
  const columns: Column<User>[] = [
    {
      key: 'name', head: t('users.fields.name'),
      cell: (user) => (
        <>
          <Anchor component={Link} to={`/settings/users/${user.id}`} className="as-typed" fw={500} size="sm">
            {user.name}
          </Anchor>{' '}
          {!user.active && <Badge color="gray">{t('users.left')}</Badge>}
          <Text size="xs" c="dimmed" className="as-typed">
            {[user.login, user.email].filter(Boolean).join(' · ')}
          </Text>
        </>
      ),
    },
    { key: 'roles', head: t('users.fields.roles'), cell: (user) => <Group gap={4}>{(user.roles ?? []).map((key) => <Badge key={key} color="blue">{roleName(key)}</Badge>)}</Group> },
    { key: 'department', head: t('users.fields.department_id'), wide: true, cell: (user) => <Text size="sm">{departments.find((one) => one.id === user.department_id)?.name}</Text> },
    { key: 'zone', head: t('columns.zone'), wide: true, cell: (user) => <Text size="sm" c="dimmed">{user.time_zone}</Text> },
  ]
  return (
    <>
      <Rows label={t('sections.users')} items={users} columns={columns} idOf={(user) => user.id} off={(user) => !user.active} empty={<Empty title={t('common:list.nothing')} text={t('common:list.nothingText')} />} />
      <Text size="xs" c="dimmed" aria-live="polite">
        {t('users.found', { count: users.length })}
      </Text>
    </>
  )
}
