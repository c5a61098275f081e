import { Button, Group, Text } from '@mantine/core'
import { notifications, notificationsStore } from '@mantine/notifications'
import i18next from 'i18next'

import { wordsOf } from './words'

const done = 'green'
const mostDone = 3
const shortly = 4_000

/** makeRoom takes old confirmations away, which would keep the newest from being seen: those that can be undone stay as long as they can. */
function makeRoom(): void {
  const { notifications: shown, queue } = notificationsStore.getState()
  const old = [...shown, ...queue].filter((one) => one.color === done)
  const leave = [...old.filter((one) => one.autoClose === shortly), ...old.filter((one) => one.autoClose !== shortly)]
  leave.slice(0, Math.max(0, old.length - mostDone + 1)).forEach((one) => one.id !== undefined && notifications.hide(one.id))
}

/** once names what is refused again and again for the same reason: it is shown once. */
const once = (title: string, message: string): string => `${title} ${message}`

/** tell says briefly, at the edge of the page, what has been done or refused. */
export const tell = {
  /** done confirms. With undo it offers to take it back for a while. */
  done: (message: string, undo?: () => void): void => {
    makeRoom()
    const id = notifications.show({
      color: done,
      closeButtonProps: { 'aria-label': i18next.t('close') },
      autoClose: undo ? 10_000 : shortly,
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
    const message = [why, then].filter(Boolean).join(' ')
    notifications.show({ id: once(title, message), color: 'red', closeButtonProps: { 'aria-label': i18next.t('close') }, autoClose: false, role: 'alert', title, message })
  },
  /** waits says what has not been done because nobody confirmed it, and where it waits. */
  waits: (title: string, message: string): void => {
    notifications.show({ color: 'yellow', closeButtonProps: { 'aria-label': i18next.t('close') }, autoClose: 10_000, title, message })
  },
  /** problem shows a refusal that belongs to no field of a form. */
  problem: (thrown: unknown): void => {
    const { title, detail, error } = wordsOf(thrown)
    const message = [detail, ...(error.problem.errors ?? []).map((field) => field.detail)].filter(Boolean).join(' ')
    notifications.show({
      id: once(title, message),
      color: 'red',
      closeButtonProps: { 'aria-label': i18next.t('close') },
      autoClose: 10_000,
      role: 'alert',
      title,
      message,
    })
  },
}
