import { Button, Loader, Popover } from '@mantine/core'
import { IconBookmark } from '@tabler/icons-react'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { lazy } from './lazy'
import type { List } from './SavedFiltersList'

const SavedFiltersList = lazy(() => import('./SavedFiltersList'))

/** SavedFilters keeps the filters of a list under names, each for himself, on whatever computer. */
export function SavedFilters({ of, query, onUse }: { of: List; query: string; onUse: (query: string) => void }) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const use = (chosen: string) => {
    setOpened(false)
    onUse(chosen)
  }
  return (
    <Popover position="bottom-end" width={320} shadow="md" trapFocus returnFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />} onClick={() => setOpened((before) => !before)}>
          {t('saved.title')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" mah="70vh" style={{ overflowY: 'auto' }}>
        <Suspense fallback={<Loader size="sm" />}>
          <SavedFiltersList of={of} query={query} onUse={use} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}
