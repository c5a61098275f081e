import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { useRoles, useUsers } from '@/api/people'

import type { TaskFilter } from './useTaskList'

/** WhoseWork chooses somebody, or the pool of a role, whose work is shown. */
export default function WhoseWork({ filter, onChange }: { filter: TaskFilter; onChange: (change: Partial<TaskFilter>) => void }) {
  const { t } = useTranslation('inbox')
  const users = useUsers()
  const roles = useRoles()
  const people = users.filter((user) => user.active || user.id === filter.user).map((user) => ({ value: `user ${user.id}`, label: user.name }))
  const pools = roles.map((role) => ({ value: `role ${role.key}`, label: role.name }))
  const chosen = filter.user !== undefined ? `user ${filter.user}` : filter.role !== undefined ? `role ${filter.role}` : null
  return (
    <Select
      size="xs"
      w={210}
      aria-label={t('performer')}
      placeholder={t('anyPerformer')}
      disabled={filter.unattended}
      data={[{ group: t('people'), items: people }, { group: t('pools'), items: pools }]}
      value={chosen}
      onChange={(value) => {
        const [of, id] = value?.split(' ') ?? []
        onChange({ user: of === 'user' ? id : undefined, role: of === 'role' ? id : undefined })
      }}
      searchable
      nothingFoundMessage={t('pick.nothing', { ns: 'common' })}
      clearable
      clearButtonProps={{ 'aria-label': t('clear', { ns: 'common' }) }}
    />
  )
}
