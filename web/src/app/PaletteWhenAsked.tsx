import { Suspense, useSyncExternalStore } from 'react'

import { lazy } from '@/ui/lazy'
import { anyOpened } from '@/ui/windows'

const Palette = lazy(() => import('./Palette'))

const listeners = new Set<() => void>()
let asked = 0

/** openPalette shows the palette; the first time it is loaded for that. From within a window it would lead away from what one is at. */
export function openPalette(): void {
  if (anyOpened()) return
  asked += 1
  listeners.forEach((tell) => tell())
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** PaletteWhenAsked is the palette's place on the page. */
export function PaletteWhenAsked() {
  const times = useSyncExternalStore(subscribe, () => asked)
  return times === 0 ? null : (
    <Suspense fallback={null}>
      <Palette asked={times} />
    </Suspense>
  )
}
