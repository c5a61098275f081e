import { Group, Title } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** useTitle names the page in the browser's tab. */
export function useTitle(title: string): void {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = title === '' ? t('product') : `${title} · ${t('product')}`
  }, [title, t])
}

/** Page is the frame of every page: its heading, what one can do on it, and the rest below. */
export function Page({ title, actions, children, wide = true }: { title: string; actions?: ReactNode; children: ReactNode; wide?: boolean }) {
  useTitle(title)
  return (
    <div style={wide ? undefined : { maxWidth: 920 }}>
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={1} size="h3" tabIndex={-1} id="page-title">
          {title}
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  )
}
