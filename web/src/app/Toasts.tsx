import { useNotifications } from '@mantine/notifications'
import { Suspense } from 'react'

import { lazy } from '@/ui/lazy'
import { useLoadedWhenQuiet } from '@/ui/useLoadedWhenQuiet'

const load = () => import('./ShownToasts')
const Shown = lazy(load)

/** Toasts is where the page says briefly what has been done or refused; what shows them comes when the rest has. */
export function Toasts() {
  const { notifications } = useNotifications()
  useLoadedWhenQuiet(load)
  return notifications.length === 0 ? null : (
    <Suspense fallback={null}>
      <Shown />
    </Suspense>
  )
}
