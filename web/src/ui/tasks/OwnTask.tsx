import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { When } from '@/ui/bits'
import { Failure } from '@/ui/Failure'
import { lazy } from '@/ui/lazy'
import { tell } from '@/ui/tell'

import type { Done } from './TaskPanel'
import { refreshTasks, useAbilities, type Task } from './tasks'

const EditTask = lazy(() => import('./EditTask'))

const actions = ['accept', 'complete', 'approve', 'return', 'reopen', 'cancel'] as const
type Action = (typeof actions)[number]

/** Those that ask for words first: a report, a reason, or whether one means it. */
const asks: readonly Action[] = ['complete', 'return', 'reopen', 'cancel']

function act(task: Task, action: Action, text: string): Promise<unknown> {
  const params = { path: { id: task.id } }
  const body = text.trim() === '' ? {} : { text }
  switch (action) {
    case 'complete':
      return answer(api.POST('/api/v1/tasks/{id}/complete', { params, body: text.trim() === '' ? {} : { report: text } }))
    case 'accept':
      return answer(api.POST('/api/v1/tasks/{id}/accept', { params, body }))
    case 'approve':
      return answer(api.POST('/api/v1/tasks/{id}/approve', { params, body }))
    case 'return':
      return answer(api.POST('/api/v1/tasks/{id}/return', { params, body }))
    case 'reopen':
      return answer(api.POST('/api/v1/tasks/{id}/reopen', { params, body }))
    case 'cancel':
      return answer(api.POST('/api/v1/tasks/{id}/cancel', { params, body }))
  }
}

/** OwnTask is what one does with a personal task or an assignment (R10): its `actions`, what was said about it, and its history. */
export function OwnTask({ task, onDone }: { task: Task; onDone: (done: Done) => void }) {
  const { t } = useTranslation('tasks')
  const queries = useQueryClient()
  const [asking, setAsking] = useState<Action>()
  const [text, setText] = useState('')
  const [editing, setEditing] = useState(false)
  const can = useAbilities()
  const possible = actions.filter((action) => task.actions?.includes(action))
  const run = useMutation({
    mutationFn: (action: Action) => act(task, action, text),
    onSuccess: async (_, action) => {
      setAsking(undefined)
      setText('')
      tell.done(t(`acted.${action}`))
      if (action === 'complete' || action === 'approve' || action === 'cancel') onDone({ title: t(`acted.${action}`), next: [] })
      await refreshTasks(queries, task.case_id)
    },
    onError: () => refreshTasks(queries),
  })
  const problem = run.isError ? asApiError(run.error) : undefined
  const wrong = problem?.field('/text') ?? problem?.field('/report')
  const start = (action: Action) => {
    run.reset()
    if (asks.includes(action)) setAsking(action)
    else run.mutate(action)
  }
  return (
    <Stack gap="md">
      {task.report !== undefined && task.report !== '' && <Said label={t('report')} text={task.report} />}
      {task.return_reason !== undefined && task.return_reason !== '' && <Said label={t('returnReason')} text={task.return_reason} />}
      {asking === undefined || !possible.includes(asking) ? (
        <Group gap="xs">
          {possible.map((action, i) => (
            <Button key={action} data-first-action variant={action === 'cancel' || action === 'reopen' || action === 'return' ? 'default' : i === 0 || action === 'complete' ? 'filled' : 'light'} loading={run.isPending && run.variables === action} onClick={() => start(action)}>
              {t(`actions.${action}`)}
            </Button>
          ))}
          {can.edit(task) && (
            <Button variant="default" onClick={() => setEditing(true)}>
              {t('change')}
            </Button>
          )}
        </Group>
      ) : (
        <form
          noValidate
          aria-label={t(`actions.${asking}`)}
          onSubmit={(event) => {
            event.preventDefault()
            run.mutate(asking)
          }}
        >
          <Stack gap="sm">
            {asking === 'cancel' ? (
              <Text size="sm">{t('cancelSure')}</Text>
            ) : (
              <Textarea label={t(`words.${asking as 'complete'}`)} autoFocus autosize minRows={2} maxRows={10} maxLength={5000} value={text} error={wrong} required={asking === 'return' || (asking === 'reopen' && task.kind === 'assignment')} onChange={(event) => setText(event.currentTarget.value)} />
            )}
            <Group gap="xs">
              <Button type="submit" loading={run.isPending} color={asking === 'cancel' ? 'red' : 'route'} autoFocus={asking === 'cancel'}>
                {t(`actions.${asking}`)}
              </Button>
              <Button variant="subtle" color="gray" onClick={() => setAsking(undefined)}>
                {t('back', { ns: 'common' })}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {problem !== undefined && wrong === undefined && <Failure error={problem} />}
      {editing && (
        <Suspense>
          <EditTask task={task} onClose={() => setEditing(false)} />
        </Suspense>
      )}
      <History task={task} />
    </Stack>
  )
}

function Said({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600}>
        {label}
      </Text>
      <Text size="sm" className="as-typed">
        {text}
      </Text>
    </div>
  )
}

/** History tells what became of the task, and who did it. */
function History({ task }: { task: Task }) {
  const { t } = useTranslation('tasks')
  const userName = useUserName()
  const [open, setOpen] = useState(false)
  const events = useQuery({
    queryKey: [...keys.tasks, 'history', task.id, task.version],
    queryFn: () => answer(api.GET('/api/v1/tasks/{id}/history', { params: { path: { id: task.id } } })),
    enabled: open,
  })
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        {t('history')}
      </Text>
      {events.isError && <Failure error={events.error} onRetry={() => void events.refetch()} />}
      <Stack component="ul" gap={4} mt="xs" pl="md" m={0}>
        {(events.data?.items ?? []).map((event, i) => (
          <Text component="li" size="sm" key={i}>
            {t(`happened.${event.action}`)}
            {event.actor_id !== undefined && ` · ${userName(event.actor_id)}`} · <When at={event.at} />
          </Text>
        ))}
      </Stack>
    </details>
  )
}
