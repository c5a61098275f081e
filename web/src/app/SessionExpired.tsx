import { Modal, Text } from '@mantine/core'
import { Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'

import { whenExpired } from '@/api/client'
import { lazy } from '@/ui/lazy'

import { useMe } from './session'
import { Waiting } from './Waiting'

const SignInForm = lazy(() => import('./SignInForm').then((m) => ({ default: m.SignInForm })))

// Over every other window, the palette's too.
const overAll = 10_000

/**
 * SessionExpired asks for the password over the page one is on, when the session has ended meanwhile: what was typed stays, and one
 * goes on where one was: what was refused meanwhile is sent then. Somebody else begins anew.
 */
export function SessionExpired() {
  const { t } = useTranslation()
  const me = useMe()
  const location = useLocation()
  const [open, setOpen] = useState(false)
  const waiting = useRef<(() => void)[]>([])
  useEffect(
    () =>
      whenExpired(() => {
        setOpen(true)
        return new Promise((goOn) => waiting.current.push(goOn))
      }),
    [],
  )
  const done = (user: string) => {
    if (user !== me?.id) {
      window.location.assign('/')
      return
    }
    setOpen(false)
    waiting.current.splice(0).forEach((goOn) => goOn())
  }
  return (
    <Modal opened={open} onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('expired.title')} zIndex={overAll}>
      <Text mb="md">{t('expired.text')}</Text>
      {open && (
        <Suspense fallback={<Waiting />}>
          <SignInForm onDone={done} returnTo={location.pathname + location.search} login={me?.login ?? ''} />
        </Suspense>
      )}
    </Modal>
  )
}
