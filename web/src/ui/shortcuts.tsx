import { createContext, Suspense, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'

import { openPalette } from '@/app/PaletteWhenAsked'

import { lazy } from './lazy'
import { useSingleKeys } from './singleKeys'
import { useFocusBack } from './useFocusBack'

const ShortcutSheet = lazy(() => import('./ShortcutSheet'))

/**
 * A key of the page. `code` is the place on the keyboard (KeyJ), so that it works on a Russian layout as on any other; `shown` is what
 * the sheet calls it, and `does` what it is for.
 */
export interface Shortcut {
  code: string
  shown: string
  does: string
  shift?: boolean
  run: () => void
}

interface Registry {
  add: (shortcuts: readonly Shortcut[]) => () => void
  openSheet: () => void
}

const RegistryContext = createContext<Registry>({ add: () => () => undefined, openSheet: () => undefined })

/** typing tells that keys are text now. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null)
}

/** Shortcuts listens to the keyboard for all pages, and has the sheet that shows what there is: “?”. */
export function Shortcuts({ children }: { children: ReactNode }) {
  const sets = useRef(new Set<readonly Shortcut[]>())
  const [sheet, setSheet] = useState<readonly Shortcut[]>()
  const [singleKeys] = useSingleKeys()
  const { left, back } = useFocusBack()
  const registry = useMemo<Registry>(
    () => ({
      add: (shortcuts) => {
        sets.current.add(shortcuts)
        return () => sets.current.delete(shortcuts)
      },
      openSheet: () => {
        left()
        setSheet([...sets.current].flat())
      },
    }),
    [left],
  )
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.code === 'KeyK') {
        event.preventDefault()
        openPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
      if (!singleKeys && event.key.length === 1) return
      // “?” is on Slash in English and on 7 in Russian: what was typed decides, too.
      if (event.key === '?' || (event.shiftKey && event.code === 'Slash')) {
        event.preventDefault()
        registry.openSheet()
        return
      }
      // Enter on a link or a button is theirs.
      if (event.code === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button, summary, label') !== null) return
      const found = [...sets.current].flat().findLast((s) => s.code === event.code && (s.shift ?? false) === event.shiftKey)
      if (found === undefined) return
      event.preventDefault()
      found.run()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [registry, singleKeys])
  return (
    <RegistryContext value={registry}>
      {children}
      {sheet !== undefined && (
        <Suspense fallback={null}>
          <ShortcutSheet
            shortcuts={sheet}
            onClose={() => {
              setSheet(undefined)
              back()
            }}
          />
        </Suspense>
      )}
    </RegistryContext>
  )
}

/** useShortcuts has keys work while the component is on the page. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const { add } = useContext(RegistryContext)
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  const shape = shortcuts.map((s) => `${s.code} ${s.shown} ${s.does} ${s.shift ?? ''}`).join('\n')
  useEffect(
    () => add(latest.current.map((s, i) => ({ ...s, run: () => latest.current[i]?.run() }))),
    [add, shape],
  )
}

/** useShortcutSheet opens the sheet from a menu. */
export function useShortcutSheet(): { open: () => void } {
  const { openSheet } = useContext(RegistryContext)
  return { open: openSheet }
}
