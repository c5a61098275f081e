import { useNotifications } from '@mantine/notifications'
import { Suspense } from 'react'

import { lazy } from '@/ui/lazy'

const Shown = lazy(() => import('./ShownToasts'))

/** Toasts is where the page says briefly what has been done or refused; what shows them comes with the first. */
export function Toasts() {
  const { notifications } = useNotifications()
  return notifications.length === 0 ? null : (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  )
}
