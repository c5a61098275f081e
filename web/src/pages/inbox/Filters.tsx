import { Chip, Group, Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useRoles, useUsers } from '@/api/people'
import { useBlocks, useRight } from '@/app/session'

import type { Scope, TaskFilter, TaskKind } from './useTaskList'

const kinds: TaskKind[] = ['stage', 'rule', 'plan', 'personal', 'assignment']

/** useTaskFilter is the filter as the address has it, so that it can be kept and sent. */
export function useTaskFilter(scope: Scope): [TaskFilter, (change: Partial<TaskFilter>) => void] {
  const [params, setParams] = useSearchParams()
  const leads = useRight('lead')
  const kind = kinds.find((k) => k === params.get('kind'))
  const filter: TaskFilter = {
    kind,
    case: params.get('case') ?? undefined,
    user: scope === 'all' ? (params.get('user') ?? undefined) : undefined,
    role: scope === 'all' ? (params.get('role') ?? undefined) : undefined,
    status: params.get('status') === 'completed' ? 'completed' : 'open',
    overdue: params.has('overdue'),
    given: params.has('given'),
    unattended: scope === 'all' && leads && params.has('unattended'),
    any: false,
  }
  filter.any = filter.kind !== undefined || filter.case !== undefined || filter.user !== undefined || filter.role !== undefined || filter.status === 'completed' || filter.overdue || filter.given || filter.unattended
  const change = (part: Partial<TaskFilter>) => {
    const next = { ...filter, ...part }
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        const put = (name: string, value: string | undefined) => (value === undefined ? after.delete(name) : after.set(name, value))
        put('kind', next.kind)
        put('case', next.case)
        put('user', next.user)
        put('role', next.role)
        put('status', next.status === 'completed' ? 'completed' : undefined)
        put('overdue', next.overdue ? '1' : undefined)
        put('given', next.given ? '1' : undefined)
        put('unattended', next.unattended ? '1' : undefined)
        return after
      },
      { replace: true },
    )
  }
  return [filter, change]
}

/** Filters narrows the list: by kind, everybody's by who is to do it, to what is overdue, done, or given out by oneself; for those who lead, to what nobody would do. */
export function Filters({ scope, filter, onChange }: { scope: Scope; filter: TaskFilter; onChange: (change: Partial<TaskFilter>) => void }) {
  const { t } = useTranslation(['inbox', 'tasks'])
  const leads = useRight('lead')
  const { interactions } = useBlocks()
  return (
    <Group gap="xs" role="group" aria-label={t('filters')}>
      <Select
        size="xs"
        w={190}
        aria-label={t('kind')}
        placeholder={t('allKinds')}
        disabled={filter.unattended}
        data={kinds.filter((kind) => kind !== 'plan' || interactions).map((kind) => ({ value: kind, label: t(`tasks:kinds.${kind}`) }))}
        value={filter.kind ?? null}
        onChange={(kind) => onChange({ kind: kinds.find((k) => k === kind) })}
        clearable
        clearButtonProps={{ 'aria-label': t('clear', { ns: 'common' }) }}
      />
      {scope === 'all' && <WhoseWork filter={filter} onChange={onChange} />}
      <Chip size="sm" checked={filter.overdue} disabled={filter.unattended} onChange={(overdue) => onChange({ overdue })}>
        {t('overdue')}
      </Chip>
      <Chip size="sm" checked={filter.given} disabled={filter.unattended} onChange={(given) => onChange({ given })}>
        {t('given')}
      </Chip>
      <Chip size="sm" checked={filter.status === 'completed'} disabled={filter.unattended} onChange={(done) => onChange({ status: done ? 'completed' : 'open' })}>
        {t('completed')}
      </Chip>
      {filter.case !== undefined && (
        <Chip size="sm" checked onChange={() => onChange({ case: undefined })}>
          {t('ofCase', { number: filter.case })}
        </Chip>
      )}
      {leads && scope === 'all' && (
        <Chip size="sm" color="red" checked={filter.unattended} onChange={(unattended) => onChange({ unattended })}>
          {t('unattended')}
        </Chip>
      )}
    </Group>
  )
}

/** WhoseWork chooses somebody, or the pool of a role, whose work is shown. */
function WhoseWork({ filter, onChange }: { filter: TaskFilter; onChange: (change: Partial<TaskFilter>) => void }) {
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
