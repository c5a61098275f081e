import { Switch, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useRequestKey } from '@/api/useRequestKey'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { tell } from '@/ui/tell'

import { Choice } from '../parts'
import type { Mailbox } from '.'

interface Draft {
  name: string
  email: string
  reply_to: string
  department_id: string | null
  active: boolean
  default: boolean
}

const draftOf = (m: Mailbox): Draft => ({ name: m.name, email: m.email, reply_to: m.reply_to ?? '', department_id: m.department_id ?? null, active: m.active, default: m.default })

/** changeOf is what is sent of a draft: the fields that were changed. */
function changeOf(draft: Draft, fields: string[]): Schema<'PatchMailboxInputBody'> {
  const all = { ...draft, name: draft.name.trim(), email: draft.email.trim(), reply_to: draft.reply_to.trim() || null }
  return Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field)))
}

/** made is what a new mailbox is made of. */
function made({ name, email, reply_to, department_id, ...rest }: Draft): Schema<'NewMailboxInputBody'> {
  return { ...rest, name: name.trim(), email: email.trim(), ...(reply_to.trim() === '' ? {} : { reply_to: reply_to.trim() }), ...(department_id === null ? {} : { department_id }) }
}

interface Props {
  /** Missing: a new one is made. */
  mailbox: Mailbox | undefined
  /** There is none yet: this one becomes the default. */
  first: boolean
  departments: Schema<'Department'>[]
  onClose: () => void
}

/** MailboxForm asks what clients see as the sender, and what goes from it. */
export function MailboxForm({ mailbox, first, departments, onClose }: Props) {
  const { t } = useTranslation(['mailboxes', 'settings', 'common'])
  const queries = useQueryClient()
  const request = useRequestKey()
  const id = mailbox?.id
  const form = useRecordForm<Draft>({
    start: mailbox === undefined ? { name: '', email: '', reply_to: '', department_id: null, active: true, default: first } : draftOf(mailbox),
    ...(id === undefined
      ? {}
      : {
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/mailboxes/{id}', { params: { path: { id } } }))
            return { data: draftOf(data), etag }
          },
        }),
    write: async (draft, etag, fields) => {
      if (id !== undefined) return answer(api.PATCH('/api/v1/mailboxes/{id}', { params: { path: { id }, header: { 'If-Match': etag ?? '*' } }, body: changeOf(draft, fields) }))
      return answer(api.POST('/api/v1/mailboxes', { params: { header: { 'Idempotency-Key': request.key } }, body: made(draft) })).catch((error: unknown) => {
        request.refused(error)
        throw error
      })
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.mailboxes })
      tell.done(t('settings:saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const departmentName = (wanted: string | null): string => departments.find((one) => one.id === wanted)?.name ?? ''
  const shown = (field: keyof Draft, value: unknown): string => {
    if (field === 'department_id') return departmentName(value as string | null)
    return typeof value === 'boolean' ? t(value ? 'common:yes' : 'common:no') : (value as string)
  }
  const offered = departments.filter((one) => one.active || one.id === draft.department_id)
  return (
    <FormWindow title={mailbox === undefined ? t('new') : t('edit', { name: mailbox.name })} form={form} onClose={onClose} fieldName={(field) => t(`of.${field}`)} shown={shown} pointers={['/name', '/email', '/reply_to', '/department_id', '/default']}>
      <TextInput data-autofocus withAsterisk label={t('name')} description={t('nameText')} maxLength={200} autoComplete="off" value={draft.name} error={problem?.field('/name')} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput withAsterisk type="email" label={t('email')} maxLength={254} autoComplete="off" spellCheck={false} value={draft.email} error={problem?.field('/email')} onChange={(event) => set({ email: event.currentTarget.value })} />
      <TextInput type="email" label={t('replyTo')} description={t('replyToText')} maxLength={254} autoComplete="off" spellCheck={false} value={draft.reply_to} error={problem?.field('/reply_to')} onChange={(event) => set({ reply_to: event.currentTarget.value })} />
      <Choice label={t('department')} description={t('departmentText')} none={t('noDepartment')} value={draft.department_id} onChange={(department_id) => set({ department_id })} error={problem?.field('/department_id')} data={offered.map((one) => ({ value: one.id, label: one.name }))} />
      <Switch label={t('active')} description={t('activeText')} checked={draft.active} onChange={(event) => set(event.currentTarget.checked ? { active: true } : { active: false, default: false })} />
      <Switch label={t('default')} description={t('defaultText')} disabled={!draft.active} checked={draft.default} error={problem?.field('/default')} onChange={(event) => set({ default: event.currentTarget.checked })} />
    </FormWindow>
  )
}
