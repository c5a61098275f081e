import { Button, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { ApiError } from '@/api/problem'

import { Failure } from './Failure'
import { sendByKey } from './sendByKey'
import { useToRefused } from './useToRefused'
import { CancelButton } from './Window'

interface Props {
  label?: string
  /** What the server refused. */
  problem: ApiError | undefined
  /** Whether the fields tell it already; otherwise it is told above the buttons. */
  told?: boolean
  busy: boolean
  ready?: boolean
  submit?: string
  size?: 'compact-sm' | 'sm'
  onSubmit: () => void
  onCancel: () => void
  children: ReactNode
}

/** ofField tells whether a refusal is about fields, which show it themselves. */
export const ofField = (problem: ApiError | undefined): boolean => (problem?.problem.errors ?? []).some((error) => error.pointer !== undefined)

/** SmallForm is a few fields with “save” and “cancel”: Ctrl+Enter saves, and what was refused stands above the buttons. */
export function SmallForm({ label, problem, told = ofField(problem), busy, ready = true, submit, size = 'sm', onSubmit, onCancel, children }: Props) {
  const { t } = useTranslation()
  const form = useToRefused<HTMLFormElement>(problem)
  const send = () => !busy && ready && onSubmit()
  return (
    <form
      ref={form}
      noValidate
      aria-label={label}
      onKeyDown={sendByKey}
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation() // a form in a window that stands in another form
        send()
      }}
    >
      <Stack gap={size === 'sm' ? 'sm' : 6}>
        {children}
        {problem !== undefined && !told && <Failure error={problem} />}
        <Group justify="flex-end" gap="xs">
          <CancelButton size={size} onClick={onCancel} />
          <Button size={size} type="submit" loading={busy} disabled={!ready}>
            {submit ?? t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
