import { Button, Group, Stack } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { asApiError, type ApiError } from '@/api/problem'
import { Failure } from '@/ui/Failure'
import { sendByKey } from '@/ui/sendByKey'
import { useToRefused } from '@/ui/useToRefused'
import { CancelButton } from '@/ui/Window'

import { halfGiven, type Draft, type Interaction } from './draft'
import type { InteractionAsked } from './InteractionDialog'

/** What the forms of the dialog are given. */
export interface FormProps {
  onSaved: (interaction: Interaction) => void
  /** Tells whether something would be lost by closing. */
  onDirty: (dirty: boolean) => void
  /** The same window goes on with something else. */
  onAsk: (asked: InteractionAsked) => void
  onClose: () => void
}

/** FormFrame has what every form of the dialog has: Ctrl+Enter saves, what was refused is above the buttons. */
export function FormFrame({ children, error, shownFields, busy, submit, onSubmit, onClose, actions }: { children: ReactNode; error: unknown; shownFields: readonly string[]; busy: boolean; submit: string; onSubmit: () => void; onClose: () => void; actions?: ReactNode }) {
  const form = useToRefused<HTMLFormElement>(error)
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (!busy) onSubmit()
  }
  const rest = error === null || error === undefined ? undefined : asApiError(error)
  const beside = rest !== undefined && shownFields.some((field) => rest.field(`/${field}`) !== undefined)
  return (
    <form ref={form} onSubmit={send} onKeyDown={sendByKey} noValidate>
      <Stack gap="md">
        {children}
        {rest !== undefined && !beside && <Failure error={rest} />}
        <Group justify="space-between" gap="sm" className="window-foot">
          <Group gap="xs">{actions}</Group>
          <Group gap="xs" ml="auto">
            <CancelButton onClick={onClose} />
            <Button type="submit" loading={busy} rightSection={<kbd className="mantine-visible-from-sm">Ctrl ↵</kbd>} aria-keyshortcuts="Control+Enter">
              {submit}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

/** Fields whose errors are shown beside them. */
export const fieldNames = ['kind', 'direction', 'at', 'ends_at', 'topic', 'content', 'result', 'client_id', 'contact_id', 'case_id', 'deal_id', 'participants', 'responsible_id', 'remind_at', 'review_after'] as const

/** useFieldErrors finds what is wrong with a field: what the page sees itself once one has tried to save, and what the server refused. */
export function useFieldErrors(draft: Draft, tried: boolean, error: ApiError | undefined): (field: string) => string | undefined {
  const { t } = useTranslation('interactions')
  const { t: common } = useTranslation()
  const half: string[] = tried ? halfGiven(draft) : []
  return (field) => {
    if (half.includes(field)) return t('timeMissing')
    if (tried && field === 'at' && draft.at.date === null) return common('required')
    return error?.field(`/${field}`)
  }
}

/** complete tells whether the moments are given as far as they must be. */
export const complete = (draft: Draft) => draft.at.date !== null && halfGiven(draft).length === 0

