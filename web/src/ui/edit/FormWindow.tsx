import { Button, Group, Modal, Stack } from '@mantine/core'
import { useCallback, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Failure } from '@/ui/Failure'
import { useClosing } from '@/ui/useClosing'

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
  const { t } = useTranslation()
  const { dirty } = form
  const close = useClosing(true, useCallback(() => dirty, [dirty]), onClose)
  const { problem } = form
  const besideFields = problem !== undefined && (problem.problem.errors ?? []).length > 0 && (problem.problem.errors ?? []).every((e) => pointers.some((p) => e.pointer === p || e.pointer?.startsWith(`${p}/`)))
  return (
    <Modal opened onClose={close} closeOnEscape={false} title={title} size={size} closeButtonProps={{ 'aria-label': t('close') }}>
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
              {t('cancel')}
            </Button>
            <Button type="submit" loading={form.saving}>
              {submit ?? t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
