import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useDepartments, useRoles } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useMe, useRight } from '@/app/session'
import { Failure } from '@/ui/Failure'
import { useTitle } from '@/ui/Page'
import { tell } from '@/ui/tell'

import { Loaded, useSure } from '../parts'
import { Identities, Sessions, Tokens } from './Access'
import { OpenWork } from './Handover'
import { UserForm } from './UserForm'

type User = Schema<'User'>

/** UserCard is one account: who it is, what he has to do, and how he comes in. */
export function UserCard({ id }: { id: string }) {
  const { t } = useTranslation('settings')
  const administers = useRight('administer')
  const query = useQuery({ queryKey: [...keys.users, id], queryFn: () => answer(api.GET('/api/v1/users/{id}', { params: { path: { id } } })), retry: false })
  return (
    <Stack gap="sm">
      <div>
        <Anchor component={Link} to="/settings/users" size="sm">
          <IconArrowLeft size={14} aria-hidden /> {t('users.toList')}
        </Anchor>
      </div>
      <Loaded query={query}>
        {(user) => (
          <>
            <About user={user} administers={administers} />
            <OpenWork user={user} />
            {administers && (
              <>
                <Sessions userID={id} />
                <Tokens userID={id} />
                <Identities userID={id} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function About({ user, administers }: { user: User; administers: boolean }) {
  const { t } = useTranslation(['settings', 'common'])
  const roles = useRoles()
  const departments = useDepartments()
  const [editing, setEditing] = useState(false)
  useTitle(user.name)
  const facts: [string, string | undefined][] = [
    [t('users.fields.login'), user.login],
    [t('users.fields.email'), user.email],
    [t('users.fields.phone'), user.phone],
    [t('users.fields.department_id'), departments.find((one) => one.id === user.department_id)?.name],
    [t('users.fields.lang'), t(`langs.${user.lang}`)],
    [t('columns.zone'), user.time_zone],
  ]
  return (
    <section className="panel" style={{ padding: '12px 14px' }} aria-label={user.name}>
      <Group justify="space-between" mb={6}>
        <Group gap="xs">
          <Title order={2} size="h4" className="as-typed">
            {user.name}
          </Title>
          {!user.active && <Badge color="gray">{t('users.left')}</Badge>}
          {(user.roles ?? []).map((key) => (
            <Badge key={key} color="blue">
              {roles.find((role) => role.key === key)?.name ?? key}
            </Badge>
          ))}
        </Group>
        {administers && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setEditing(true)}>
              {t('common:edit')}
            </Button>
            <Activity user={user} />
          </Group>
        )}
      </Group>
      <Group gap="xl" align="flex-start">
        {facts.map(([label, value]) => (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Text size="sm" className="as-typed">
              {value ?? t('common:none')}
            </Text>
          </div>
        ))}
      </Group>
      {editing && <UserForm user={user} onClose={() => setEditing(false)} />}
    </section>
  )
}

/** Activity ends an account, or opens it again; one's own is for another administrator. */
function Activity({ user }: { user: User }) {
  const { t } = useTranslation(['settings', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const sure = useSure()
  const change = useMutation({
    mutationFn: async (active: boolean) => {
      const { etag } = await versioned(api.GET('/api/v1/users/{id}', { params: { path: { id: user.id } } }))
      return answer(api.PATCH('/api/v1/users/{id}', { params: { path: { id: user.id }, header: { 'If-Match': etag } }, body: { active } }))
    },
    onSuccess: (_, active) => tell.done(t(active ? 'users.activated' : 'users.deactivated', { name: user.name })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.users }),
  })
  if (user.id === me?.id) return null
  const problem = change.error === null ? undefined : asApiError(change.error)
  return (
    <>
      <Button
        size="xs" variant="light" color={user.active ? 'red' : 'green'} loading={change.isPending}
        onClick={() => (user.active ? sure({ title: t('users.offTitle', { name: user.name }), text: t('users.offText'), yes: t('users.off'), onYes: () => change.mutate(false) }) : change.mutate(true))}
      >
        {t(user.active ? 'users.off' : 'users.on')}
      </Button>
      {problem?.code === 'user_has_open_work' ? (
        <Alert color="orange" role="alert" title={problem.problem.title} w="100%">
          {t('users.hasWork')}
        </Alert>
      ) : (
        problem && <Failure error={problem} />
      )}
    </>
  )
}

