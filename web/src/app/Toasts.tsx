import { useNotifications } from '@mantine/notifications'
import { Suspense, useEffect } from 'react'

import { lazy } from '@/ui/lazy'

const load = () => import('./ShownToasts')
const Shown = lazy(load)

// After what the page needs first; without a connection it could not come any more to say so.
const whenQuiet = 10_000

/** Toasts is where the page says briefly what has been done or refused; what shows them comes when the rest has. */
export function Toasts() {
  const { notifications } = useNotifications()
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), whenQuiet)
    return () => clearTimeout(timer)
  }, [])
  return notifications.length === 0 ? null : (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  )
}
