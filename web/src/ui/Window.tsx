import { Modal, type ModalProps } from '@mantine/core'
import { useCallback, useEffect, useRef, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { useClosing } from './useClosing'

interface Props extends Omit<ModalProps, 'onInput'> {
  /** Whether closing loses something; without it, whether something typed stands in a field. */
  loses?: boolean
}

/** Window is a window over the page, which closes as useClosing has it. */
export function Window({ opened, loses, onClose, ...rest }: Props) {
  const { t } = useTranslation()
  const typed = useRef(new Set<Field>())
  useEffect(() => {
    if (!opened) typed.current.clear()
  }, [opened])
  const close = useClosing(opened, useCallback(() => loses ?? [...typed.current].some(stands), [loses]), onClose)
  return <Modal opened={opened} onClose={close} closeButtonProps={{ 'aria-label': t('close') }} onInput={(event) => note(typed.current, event)} {...rest} />
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
