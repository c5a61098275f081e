import { Chip, Group, NativeSelect, Skeleton } from '@mantine/core'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useBlocks, useRight } from '@/app/session'
import { lazy } from '@/ui/lazy'

import type { Scope, TaskFilter, TaskKind } from './useTaskList'

// Not for one's own tasks, which most begin the day with.
const WhoseWork = lazy(() => import('./WhoseWork'))

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
    setParams(
      () => {
        // Over what the address has by now; what does not change is left alone.
        const after = new URLSearchParams(window.location.search)
        const put = (name: keyof TaskFilter, value: string | undefined) => name in part && (value === undefined ? after.delete(name) : after.set(name, value))
        put('kind', part.kind)
        put('case', part.case)
        put('user', part.user)
        put('role', part.role)
        put('status', part.status === 'completed' ? 'completed' : undefined)
        put('overdue', part.overdue ? '1' : undefined)
        put('given', part.given ? '1' : undefined)
        put('unattended', part.unattended ? '1' : undefined)
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
      <NativeSelect
        size="xs"
        w={190}
        aria-label={t('kind')}
        disabled={filter.unattended}
        data={[{ value: '', label: t('allKinds') }, ...kinds.filter((kind) => kind !== 'plan' || interactions).map((kind) => ({ value: kind, label: t(`tasks:kinds.${kind}`) }))]}
        value={filter.kind ?? ''}
        onChange={({ currentTarget }) => onChange({ kind: kinds.find((k) => k === currentTarget.value) })}
      />
      {scope === 'all' && (
        <Suspense fallback={<Skeleton h={30} w={210} />}>
          <WhoseWork filter={filter} onChange={onChange} />
        </Suspense>
      )}
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
