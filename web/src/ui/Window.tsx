import { Button, Modal, type ButtonProps, type ModalProps } from '@mantine/core'
import { createContext, useCallback, useContext, useEffect, useRef, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { firstField, whenChanged } from './firstField'
import { useClosing, type Losing } from './useClosing'

interface Props extends Omit<ModalProps, 'onInput'> {
  /** Whether closing loses something; without it, whether something typed stands in a field. */
  loses?: boolean
  /** What is asked then, where it is not what one has typed. */
  losing?: Losing
}

const Closing = createContext<(() => void) | undefined>(undefined)

/** CancelButton closes the window it stands in as its cross does; where it stands in none, it does what is given. */
export function CancelButton({ onClick, children, ...rest }: ButtonProps & { onClick: () => void }) {
  const { t } = useTranslation()
  const close = useContext(Closing)
  return (
    <Button variant="default" onClick={close ?? onClick} {...rest}>
      {children ?? t('cancel')}
    </Button>
  )
}

/** Window is a window over the page, which closes as useClosing has it. */
export function Window({ opened, loses, losing, onClose, children, ...rest }: Props) {
  const { t } = useTranslation()
  const typed = useRef(new Set<Field>())
  useEffect(() => {
    if (!opened) typed.current.clear()
  }, [opened])
  const close = useClosing(opened, useCallback(() => [...typed.current].some(loses === undefined ? stands : isUnread) || loses === true, [loses]), onClose, losing)
  return (
    <Modal opened={opened} onClose={close} closeOnEscape={false} closeButtonProps={{ 'aria-label': t('close') }} onInput={(event) => note(typed.current, event)} {...rest}>
      <Closing value={close}>
        <div ref={begin}>{children}</div>
      </Closing>
    </Modal>
  )
}

/**
 * begin has a window begin at its first field, where none says itself that it does: from its cross one could only leave. What is still
 * being read or loaded is waited for, as long as the keyboard stays where the window has it meanwhile.
 */
function begin(body: HTMLElement | null) {
  if (body === null || mark(body)) return
  return whenChanged(body, () => {
    if (!mark(body)) return false
    const { activeElement: now } = document
    if (now === null || now.contains(body) || now.matches('.mantine-Modal-close')) body.querySelector<HTMLElement>('[data-autofocus]')?.focus({ preventScroll: true })
    return true
  })
}

/** mark marks where a window begins; false: that is not there yet. */
function mark(body: HTMLElement): boolean {
  if (body.querySelector('[data-autofocus]') !== null) return true
  const first = firstField(body)
  first?.setAttribute('data-autofocus', 'true')
  return first !== undefined
}

type Field = HTMLInputElement | HTMLTextAreaElement

const texts = new Set(['text', 'email', 'tel', 'url', 'number', 'password'])

// What is typed to find something is not lost with it.
function note(typed: Set<Field>, { target }: FormEvent) {
  if (target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && texts.has(target.type) && target.role !== 'combobox')) typed.add(target)
}

// What a field could not read is not in what the window holds.
function isUnread(field: Field): boolean {
  return field.isConnected && field.dataset.unread !== undefined
}

// What has been sent is gone from its field, and what has been removed with it.
function stands(field: Field): boolean {
  return field.isConnected && field.value.trim() !== ''
}
