import { Button, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Failure } from '@/ui/Failure'
import { sendByKey } from '@/ui/sendByKey'
import { useToRefused } from '@/ui/useToRefused'
import { CancelButton, Window } from '@/ui/Window'

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
  /** What was refused stands beside a field in other words. */
  told?: boolean
  submit?: string
  size?: string
  children: ReactNode
}

/** FormWindow is the window of a form over one record: its fields, what was refused, what clashes with others, and save. */
export function FormWindow<D extends object>({ title, form, onClose, fieldName, shown, pointers, told = false, submit, size = 'md', children }: Props<D>) {
  const { t } = useTranslation()
  const { problem } = form
  const fields = useToRefused<HTMLFormElement>(problem)
  const besideFields = problem !== undefined && (problem.problem.errors ?? []).length > 0 && (problem.problem.errors ?? []).every((e) => pointers.some((p) => e.pointer === p || e.pointer?.startsWith(`${p}/`)))
  return (
    <Window opened loses={form.dirty} onClose={onClose} title={title} size={size}>
      <form
        ref={fields}
        noValidate
        onKeyDown={sendByKey}
        onSubmit={(event) => {
          event.preventDefault()
          event.stopPropagation()
          form.save()
        }}
      >
        <Stack gap="sm">
          {children}
          <FormClashes form={form} fieldName={fieldName} shown={shown} />
          {problem !== undefined && !told && !besideFields && <Failure error={problem} />}
          <Group justify="flex-end" className="window-foot">
            <CancelButton onClick={onClose} />
            <Button type="submit" loading={form.saving}>
              {submit ?? t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}
