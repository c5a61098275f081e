import { Button, Modal, type ButtonProps, type ModalProps } from '@mantine/core'
import { createContext, useCallback, useContext, useEffect, useRef, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { useClosing, type Losing } from './useClosing'

interface Props extends Omit<ModalProps, 'onInput'> {
  /** Whether closing loses something; without it, whether something typed stands in a field. */
  loses?: boolean
  /** What is asked then, where it is not what one has typed. */
  losing?: Losing
}

const Closing = createContext<(() => void) | undefined>(undefined)

/** CancelButton closes the window it stands in as its cross does; where it stands in none, it does what is given. */
export function CancelButton({ onClick, ...rest }: ButtonProps & { onClick: () => void }) {
  const { t } = useTranslation()
  const close = useContext(Closing)
  return (
    <Button variant="default" onClick={close ?? onClick} {...rest}>
      {t('cancel')}
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
  const close = useClosing(opened, useCallback(() => loses ?? [...typed.current].some(stands), [loses]), onClose, losing)
  return (
    <Modal opened={opened} onClose={close} closeOnEscape={false} closeButtonProps={{ 'aria-label': t('close') }} onInput={(event) => note(typed.current, event)} {...rest}>
      <Closing value={close}>
        <div ref={begin}>{children}</div>
      </Closing>
    </Modal>
  )
}

// A window begins at its first field: from its cross one could only leave. One that says itself where it begins does so.
function begin(body: HTMLElement | null) {
  if (body?.querySelector('[data-autofocus]') !== null) return
  const first = body.querySelector<HTMLInputElement>('input:enabled:not([type=hidden], [type=file], [aria-hidden]), textarea:enabled, select:enabled')
  const chosen = first?.type === 'radio' ? body.querySelector(`input[name="${CSS.escape(first.name)}"]:checked`) : null
  ;(chosen ?? first)?.setAttribute('data-autofocus', 'true')
}

type Field = HTMLInputElement | HTMLTextAreaElement

const texts = new Set(['text', 'email', 'tel', 'url', 'number', 'password'])

// What is typed to find something is not lost with it.
function note(typed: Set<Field>, { target }: FormEvent) {
  if (target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && texts.has(target.type) && target.role !== 'combobox')) typed.add(target)
}

// What has been sent is gone from its field, and what has been removed with it.
function stands(field: Field): boolean {
  return field.isConnected && field.value.trim() !== ''
}
