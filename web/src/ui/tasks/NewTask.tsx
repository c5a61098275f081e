import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, newKey } from '@/api/client'
import { asApiError } from '@/api/problem'
import { MomentField } from '@/ui/dates'
import { Failure } from '@/ui/Failure'
import { SearchPicker, UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { refreshTasks } from './tasks'

const pointers = ['/title', '/description', '/assignee_id', '/due_at', '/remind_at', '/case_id']

/** NewTask makes a personal task, or gives a colleague an assignment (R10); of a case where it is opened from one. */
export default function NewTask({ onClose, caseID }: { onClose: () => void; caseID?: string }) {
  const { t } = useTranslation(['tasks', 'common'])
  const queries = useQueryClient()
  const [kind, setKind] = useState<'personal' | 'assignment'>('personal')
  const [title, setTitle] = useState('')
  const [description, setDescription] = useState('')
  const [about, setAbout] = useState<string | null>(caseID ?? null)
  const [assignee, setAssignee] = useState<string | null>(null)
  const [controlled, setControlled] = useState(true)
  const [due, setDue] = useState<string | null>(null)
  const [remind, setRemind] = useState<string | null>(null)
  const [key, setKey] = useState(newKey)
  const [tried, setTried] = useState(false)
  const assigns = kind === 'assignment'
  const make = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/tasks', {
          params: { header: { 'Idempotency-Key': key } },
          body: {
            kind, title,
            ...(description.trim() === '' ? {} : { description }), ...(about === null ? {} : { case_id: about }), ...(due === null ? {} : { due_at: due }),
            ...(remind === null ? {} : { remind_at: remind }), ...(assigns ? { controlled, ...(assignee === null ? {} : { assignee_id: assignee }) } : {}),
          },
        }),
      ),
    onSuccess: async () => {
      tell.done(t(`made.${kind}`))
      onClose()
      await refreshTasks(queries, about ?? undefined)
    },
    onError: (error) => {
      // What the server has decided is not asked again with the same key; what got lost is.
      if (asApiError(error).status !== 0) setKey(newKey())
    },
  })
  const problem = make.isError ? asApiError(make.error) : undefined
  const missing = (pointer: string, empty: boolean) => problem?.field(pointer) ?? (tried && empty ? t('common:required') : undefined)
  const lacks = title.trim() === '' || (assigns && assignee === null)
  const rest = problem !== undefined && !(problem.problem.errors ?? []).some((e) => pointers.includes(e.pointer ?? ''))
  return (
    <Modal opened onClose={onClose} title={t('new')} size="lg" closeButtonProps={{ 'aria-label': t('common:close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (!make.isPending && !lacks) make.mutate()
        }}
      >
        <Stack gap="sm">
          <SegmentedControl
            aria-label={t('kind')}
            value={kind}
            onChange={(value) => setKind(value === 'assignment' ? 'assignment' : 'personal')}
            data={[
              { value: 'personal', label: t('kinds.personal') },
              { value: 'assignment', label: t('kinds.assignment') },
            ]}
          />
          <TextInput label={t('taskTitle')} required data-autofocus maxLength={500} value={title} error={missing('/title', title.trim() === '')} onChange={(event) => setTitle(event.currentTarget.value)} />
          {assigns && <UserPicker label={t('assignee')} required value={assignee} onChange={setAssignee} error={missing('/assignee_id', assignee === null)} />}
          <Textarea label={t('description')} autosize minRows={2} maxRows={10} maxLength={20_000} value={description} error={problem?.field('/description')} onChange={(event) => setDescription(event.currentTarget.value)} />
          {caseID === undefined && <CasePicker label={t('common:pick.case')} value={about} onChange={setAbout} error={problem?.field('/case_id')} />}
          <MomentField label={t('due')} value={due} onChange={setDue} usualTime="18:00" error={problem?.field('/due_at')} />
          <MomentField label={t('remind')} value={remind} onChange={setRemind} error={problem?.field('/remind_at')} />
          {assigns && <Checkbox label={t('controlled')} checked={controlled} onChange={(event) => setControlled(event.currentTarget.checked)} />}
          {rest && <Failure error={problem} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t(assigns ? 'give' : 'make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function CasePicker(props: { label: string; value: string | null; onChange: (id: string | null) => void; error: string | undefined }) {
  return (
    <SearchPicker
      kind="case"
      search={async (q) => {
        const list = await answer(api.GET('/api/v1/cases', { params: { query: { limit: 20, status: 'open', ...(q === '' ? {} : { q }) } } }))
        return (list.items ?? []).map((found) => ({ id: found.id, name: `${found.number} ${found.topic}`, ...(found.client_name === undefined ? {} : { about: found.client_name }) }))
      }}
      nameOf={async (id) => {
        const found = await answer(api.GET('/api/v1/cases/{id}', { params: { path: { id } } }))
        return `${found.number} ${found.topic}`
      }}
      {...props}
    />
  )
}
