import { Suspense, useEffect, useRef, useState } from 'react'
import { useLocation } from 'react-router'

import { whenExpired } from '@/api/client'
import { lazy } from '@/ui/lazy'
import { useFocusBack } from '@/ui/useFocusBack'
import { useLoadedWhenQuiet } from '@/ui/useLoadedWhenQuiet'
import { leaveFor } from '@/ui/windows'

import { useMe } from './session'

const load = () => import('./SignInWindow')
const SignInWindow = lazy(load)

/**
 * SessionExpired asks for the password over the page one is on, when the session has ended meanwhile: what was typed stays, and one
 * goes on where one was: what was refused meanwhile is sent then. Somebody else begins anew.
 */
export function SessionExpired() {
  const me = useMe()
  const location = useLocation()
  const [open, setOpen] = useState(false)
  useLoadedWhenQuiet(load)
  const { left, back } = useFocusBack()
  const waiting = useRef<(() => void)[]>([])
  useEffect(
    () =>
      whenExpired(() => {
        if (waiting.current.length === 0) left()
        setOpen(true)
        return new Promise((goOn) => waiting.current.push(goOn))
      }),
    [left],
  )
  const done = (user: string) => {
    if (user !== me?.id) {
      leaveFor('/')
      return
    }
    setOpen(false)
    back()
    waiting.current.splice(0).forEach((goOn) => goOn())
  }
  return open ? (
    <Suspense fallback={null}>
      <SignInWindow onDone={done} returnTo={location.pathname + location.search} login={me?.login ?? ''} />
    </Suspense>
  ) : null
}
