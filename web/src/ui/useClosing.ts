import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'

import { askFirst } from './questions'
import { opened as openedWindow, place, type Opened } from './windows'

/** useClosing is how a window over the page closes, with the browser's Back too: it asks first where something typed would be lost. */
export function useClosing(opened: boolean, loses: () => boolean, onClose: () => void): () => void {
  const { t } = useTranslation()
  const close = useCallback(() => {
    if (!loses()) return onClose()
    askFirst({ title: t('lose.title'), children: t('lose.text'), labels: { cancel: t('lose.stay'), confirm: t('lose.close') }, confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: onClose })
  }, [loses, onClose, t])
  const { key } = useLocation()
  const one = useRef<Opened>({ at: undefined, close })
  useLayoutEffect(() => {
    one.current.close = close
    one.current.at = place()
  }, [close, key])
  useEffect(() => (opened ? openedWindow(one.current) : undefined), [opened])
  return close
}
