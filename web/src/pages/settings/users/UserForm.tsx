import { Group, MultiSelect, PasswordInput, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useDepartments, useRoles } from '@/api/people'
import { useRequestKey } from '@/api/useRequestKey'
import { DepartmentPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { ZoneInput } from '../parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'

type User = Schema<'User'>

interface Draft {
  login: string
  name: string
  email: string
  phone: string
  roles: string[]
  department_id: string | null
  lang: User['lang']
  time_zone: string
  password: string
}

const newDraft: Draft = { login: '', name: '', email: '', phone: '', roles: ['manager'], department_id: null, lang: 'ru', time_zone: '', password: '' }
const draftOf = (user: User): Draft => ({ login: user.login, name: user.name, email: user.email ?? '', phone: user.phone ?? '', roles: user.roles ?? [], department_id: user.department_id ?? null, lang: user.lang, time_zone: user.time_zone, password: '' })

interface Props {
  user?: User
  onClose: () => void
  onMade?: (id: string) => void
}

/** UserForm makes an account, or changes one. A new password ends the user's sessions. */
export function UserForm({ user, onClose, onMade }: Props) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const roles = useRoles()
  const departments = useDepartments()
  const request = useRequestKey()
  const form = useRecordForm<Draft>({
    start: user === undefined ? newDraft : draftOf(user),
    ...(user === undefined
      ? {}
      : {
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/users/{id}', { params: { path: { id: user.id } } }))
            return { data: draftOf(data), etag }
          },
        }),
    write: async (draft, etag, fields) => {
      if (user !== undefined) {
        const body: Schema<'PatchUserInputBody'> = Object.fromEntries(Object.entries(draft).filter(([field]) => field !== 'login' && fields.includes(field as keyof Draft)))
        await answer(api.PATCH('/api/v1/users/{id}', { params: { path: { id: user.id }, header: { 'If-Match': etag ?? '*' } }, body }))
        return
      }
      const { department_id, time_zone, password, email, phone, ...rest } = draft
      const optional = Object.fromEntries(Object.entries({ time_zone, password, email: email.trim(), phone: phone.trim() }).filter(([, value]) => value !== ''))
      try {
        const made = await answer(api.POST('/api/v1/users', { params: { header: { 'Idempotency-Key': request.key } }, body: { ...rest, ...optional, ...(department_id === null ? {} : { department_id }) } }))
        onMade?.(made.id)
      } catch (error) {
        request.refused(error)
        throw error
      }
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.users })
      void queries.invalidateQueries({ queryKey: keys.me })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof Draft, value: unknown): string => {
    if (field === 'roles') return (value as string[]).map((key) => roles.find((role) => role.key === key)?.name ?? key).join(', ')
    if (field === 'department_id') return departments.find((one) => one.id === value)?.name ?? ''
    return field === 'lang' ? t(`langs.${value as User['lang']}`) : ((value as string | null) ?? '')
  }
  const text = (field: 'login' | 'name' | 'email' | 'phone', required = false) => ({
    label: t(`users.fields.${field}`), withAsterisk: required, value: draft[field], error: problem?.field(`/${field}`), autoComplete: 'off', onChange: (event: { currentTarget: HTMLInputElement }) => set({ [field]: event.currentTarget.value }),
  })
  return (
    <FormWindow title={user === undefined ? t('users.new') : user.name} form={form} onClose={onClose} fieldName={(field) => t(`users.fields.${field}`)} shown={shown} pointers={Object.keys(newDraft).map((field) => `/${field}`)} size="lg">
      <Group grow align="flex-start">
        <TextInput {...text('name', true)} data-autofocus maxLength={200} />
        <TextInput {...text('login', true)} disabled={user !== undefined} maxLength={100} spellCheck={false} />
      </Group>
      <Group grow align="flex-start">
        <TextInput {...text('email')} inputMode="email" />
        <TextInput {...text('phone')} inputMode="tel" />
      </Group>
      <MultiSelect
        role="combobox" label={t('users.fields.roles')} withAsterisk data={roles.map((role) => ({ value: role.key, label: role.name }))} value={draft.roles}
        onChange={(next) => set({ roles: next })} error={problem?.field('/roles')} clearButtonProps={{ 'aria-label': t('common:clear') }}
      />
      <DepartmentPicker label={t('users.fields.department_id')} value={draft.department_id} onChange={(department_id) => set({ department_id })} error={problem?.field('/department_id')} />
      <Group grow align="flex-start">
        <div>
          <Text size="sm" fw={500} id="user-lang">
            {t('users.fields.lang')}
          </Text>
          <SegmentedControl fullWidth aria-labelledby="user-lang" value={draft.lang} onChange={(lang) => set({ lang })} data={(['ru', 'en'] as const).map((value) => ({ value, label: t(`langs.${value}`) }))} />
        </div>
        <ZoneInput label={t('columns.zone')} {...(user === undefined ? { description: t('users.zoneText') } : {})} value={draft.time_zone} onChange={(time_zone) => set({ time_zone })} error={problem?.field('/time_zone')} />
      </Group>
      <PasswordInput
        label={t(user === undefined ? 'users.fields.password' : 'users.newPassword')} description={t(user === undefined ? 'users.passwordText' : 'users.newPasswordText')} autoComplete="new-password" value={draft.password}
        error={problem?.field('/password')} aria-invalid={problem?.field('/password') !== undefined} onChange={(event) => set({ password: event.currentTarget.value })} visibilityToggleButtonProps={{ 'aria-label': t('common:signIn.showPassword') }}
      />
    </FormWindow>
  )
}
