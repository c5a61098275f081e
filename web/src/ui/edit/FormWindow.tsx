import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'

import { FormClashes } from './FormClashes'
import type { RecordForm } from './useRecordForm'

interface Props<D> {
  title: string
  form: RecordForm<D>
  onClose: () => void
  /** What a field is called, and how its value reads, for those that others have changed too. */
  fieldName: (field: keyof D & string) => string
  shown: (field: keyof D & string, value: unknown) => string
  /** Pointers whose refusals stand beside their fields; the rest is told below the form. */
  pointers: string[]
  submit?: string
  size?: string
  children: ReactNode
}

/** FormWindow is the window of a form over one record: its fields, what was refused, what clashes with others, and save. */
export function FormWindow<D extends object>({ title, form, onClose, fieldName, shown, pointers, submit, size = 'md', children }: Props<D>) {
  const { t } = useTranslation(['edit', 'common'])
  const close = () => {
    if (!form.dirty) onClose()
    else askFirst({ title: t('form.lose'), labels: { cancel: t('form.stay'), confirm: t('form.leave') }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: onClose })
  }
  const { problem } = form
  const besideFields = problem !== undefined && (problem.problem.errors ?? []).length > 0 && (problem.problem.errors ?? []).every((e) => pointers.some((p) => e.pointer === p || e.pointer?.startsWith(`${p}/`)))
  return (
    <Modal opened onClose={close} title={title} size={size} closeButtonProps={{ 'aria-label': t('common:close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          event.stopPropagation()
          form.save()
        }}
      >
        <Stack gap="sm">
          {children}
          <FormClashes form={form} fieldName={fieldName} shown={shown} />
          {problem !== undefined && !besideFields && <Failure error={problem} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" loading={form.saving}>
              {submit ?? t('common:save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
