import { Button, Group, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { asApiError, type ApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useKept } from '@/ui/edit/useKept'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'
import { CancelButton } from '@/ui/Window'

import { noTask, taskPointers, TaskFields } from './TaskFields'
import { refreshTasks } from './tasks'

interface Props {
  kind: 'personal' | 'assignment'
  /** The case it is of; null: none. */
  caseID: string | null
  /** What is typed waits in this tab under this name. */
  keptAs?: string
  onDone?: () => void
  onCancel?: () => void
  /** What else is asked. */
  children?: (problem: ApiError | undefined) => ReactNode
}

/** NewTaskForm makes a personal task, or gives a colleague an assignment (R10). */
export function NewTaskForm({ kind, caseID, keptAs, onDone, onCancel, children }: Props) {
  const { t } = useTranslation(['tasks', 'common'])
  const queries = useQueryClient()
  const { value: draft, set: setDraft, drop } = useKept(keptAs, noTask)
  const [tried, setTried] = useState(false)
  const request = useRequestKey()
  const assigns = kind === 'assignment'
  const make = useMutation({
    mutationFn: ({ title, description, assignee_id, due_at, remind_at, controlled }: typeof draft) => {
      return answer(
        api.POST('/api/v1/tasks', {
          params: { header: { 'Idempotency-Key': request.key } },
          body: {
            kind, title,
            ...(description.trim() === '' ? {} : { description }), ...(caseID === null ? {} : { case_id: caseID }), ...(due_at === null ? {} : { due_at }),
            ...(remind_at === null ? {} : { remind_at }), ...(assigns ? { controlled, ...(assignee_id === null ? {} : { assignee_id }) } : {}),
          },
        }),
      )
    },
    onSuccess: async (_, sent) => {
      request.done()
      drop(sent)
      setTried(false)
      tell.done(t(`made.${kind}`))
      onDone?.()
      await refreshTasks(queries, caseID ?? undefined)
    },
    onError: request.refused,
  })
  const problem = make.isError ? asApiError(make.error) : undefined
  const lacks = draft.title.trim() === '' || (assigns && draft.assignee_id === null)
  const rest = problem !== undefined && !(problem.problem.errors ?? []).some((e) => [...taskPointers, '/case_id'].includes(e.pointer ?? ''))
  const send = () => {
    setTried(true)
    if (!make.isPending && !lacks) make.mutate(draft)
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        send()
      }}
    >
      <Stack gap="sm">
        <TaskFields kind={kind} draft={draft} set={(change) => setDraft((before) => ({ ...before, ...change }))} problem={problem} tried={tried} />
        {children?.(problem)}
        {rest && <Failure error={problem} />}
        <Group justify="flex-end">
          {onCancel && <CancelButton onClick={onCancel} />}
          <Button type="submit" loading={make.isPending}>
            {t(assigns ? 'give' : 'make')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
