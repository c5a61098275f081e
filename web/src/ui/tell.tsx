import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import i18next from 'i18next'

import { wordsOf } from './words'

/** tell says briefly, at the edge of the page, what has been done or refused. */
export const tell = {
  /** done confirms. With undo it offers to take it back for a while. */
  done: (message: string, undo?: () => void): void => {
    const id = notifications.show({
      color: 'green',
      closeButtonProps: { 'aria-label': i18next.t('close') },
      autoClose: undo ? 10_000 : 4_000,
      message: undo ? (
        <Group justify="space-between" gap="xs">
          <Text size="sm" style={{ flex: '1 1 120px' }}>{message}</Text>
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              notifications.hide(id)
              undo()
            }}
          >
            {i18next.t('undo')}
          </Button>
        </Group>
      ) : (
        message
      ),
    })
  },
  /** refused says with what something could not be done, why the first time, and what to do then. */
  refused: (title: string, thrown: unknown, then?: string): void => {
    const { title: what, detail, error } = wordsOf(thrown)
    const fields = (error.problem.errors ?? []).map((field) => field.detail)
    const why = error.code === 'offline' ? what : fields.length > 0 ? fields.join(' ') : [what, detail].filter(Boolean).join('. ')
    notifications.show({ color: 'red', closeButtonProps: { 'aria-label': i18next.t('close') }, autoClose: false, role: 'alert', title, message: [why, then].filter(Boolean).join(' ') })
  },
  /** waits says what has not been done because nobody confirmed it, and where it waits. */
  waits: (title: string, message: string): void => {
    notifications.show({ color: 'yellow', closeButtonProps: { 'aria-label': i18next.t('close') }, autoClose: 10_000, title, message })
  },
  /** problem shows a refusal that belongs to no field of a form. */
  problem: (thrown: unknown): void => {
    const { title, detail, error } = wordsOf(thrown)
    const fields = (error.problem.errors ?? []).map((field) => field.detail)
    notifications.show({
      color: 'red',
      closeButtonProps: { 'aria-label': i18next.t('close') },
      autoClose: 10_000,
      role: 'alert',
      title,
      message: [detail, ...fields].filter(Boolean).join(' '),
    })
  },
}
