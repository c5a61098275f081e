import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'

import { firstField } from './firstField'
import { askFirst } from './questions'
import { anyOpened, opened as openedWindow, place, type Opened } from './windows'

/** What is asked before a window closes. */
export interface Losing {
  title: string
  text: string
  close: string
}

// What is beneath a window that has gone: another one's first field, or the page.
function beneath(): HTMLElement | null {
  const window = anyOpened() ? [...document.querySelectorAll<HTMLElement>('[role=dialog]')].at(-1) : undefined
  return window === undefined ? document.getElementById('main') : (firstField(window) ?? window)
}

/** useClosing is how a window over the page closes, by Escape too: where something would be lost it asks first, and Back asks as well. */
export function useClosing(opened: boolean, loses: () => boolean, onClose: () => void, losing?: Losing): () => void {
  const { t } = useTranslation()
  const latest = useRef({ loses, onClose, there: false })
  const close = useCallback(() => {
    if (!latest.current.loses()) return latest.current.onClose()
    const { title, text, close: confirm } = losing ?? { title: t('lose.title'), text: t('lose.text'), close: t('lose.close') }
    askFirst({
      title, children: text, labels: { cancel: t('lose.stay'), confirm }, confirmProps: { color: 'red' }, withCloseButton: false,
      // A window may have gone by itself meanwhile: what was typed has been saved.
      onConfirm: () => latest.current.there && latest.current.onClose(),
    })
  }, [losing, t])
  const one = useRef<Opened>({ at: undefined, loses, close })
  useLayoutEffect(() => {
    latest.current = { ...latest.current, loses, onClose }
    one.current.loses = loses
    one.current.close = close
  }, [loses, onClose, close])
  const { key } = useLocation()
  useLayoutEffect(() => {
    if (opened) one.current.at = place()
  }, [opened, key])
  useEffect(() => {
    if (!opened) return
    const { activeElement: opener } = document
    latest.current.there = true
    const gone = openedWindow(one.current)
    return () => {
      latest.current.there = false
      gone()
      // A question that stood over the window gives the focus back to what is gone with it; what opened the window may be gone as well.
      window.setTimeout(() => {
        if (document.activeElement !== document.body) return
        const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body ? opener : beneath()
        back?.focus({ preventScroll: back !== opener })
      }, 300)
    }
  }, [opened])
  return close
}
