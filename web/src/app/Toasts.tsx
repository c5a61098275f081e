import { useNotifications } from '@mantine/notifications'
import { lazy, Suspense } from 'react'

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
