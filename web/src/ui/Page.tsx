import { Group, Title } from '@mantine/core'
import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'

/** useTitle names the page in the browser's tab. */
export function useTitle(title: string): void {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = title === '' ? t('product') : `${title} · ${t('product')}`
  }, [title, t])
}

// The palette that one came by takes the focus along when it has faded.
const faded = 400

/** useArrived begins at the heading where whoever came here left the focus nowhere: with a form that was sent, or the browser's Back. */
export function useArrived(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // The first place of a tab begins where every page does.
    const { idx = 0 } = (window.history.state as { idx?: number } | null) ?? {}
    if (idx === 0) return
    const begin = () => {
      const { activeElement: now } = document
      if (now === document.body || now?.id === 'main') heading.current?.focus({ preventScroll: true })
    }
    begin()
    const timer = setTimeout(begin, faded)
    return () => clearTimeout(timer)
  }, [])
  return heading
}

/** Page is the frame of every page: its heading, what one can do on it, and the rest below. */
export function Page({ title, actions, children, wide = true }: { title: string; actions?: ReactNode; children: ReactNode; wide?: boolean }) {
  useTitle(title)
  const heading = useArrived()
  return (
    <div style={wide ? undefined : { maxWidth: 920 }}>
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={1} size="h3" tabIndex={-1} id="page-title" ref={heading}>
          {title}
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  )
}
