import { Button, Group, Menu, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconBookmark } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useMe } from '@/app/session'

/** The lists that filters are kept for. */
type List = 'clients' | 'contacts' | 'cases' | 'interactions'

/** A filter that is kept under a name: the query of its address. */
interface SavedFilter {
  name: string
  query: string
}

/** useSavedFilters are one's filters of a list in this browser. */
function useSavedFilters(of: List) {
  const me = useMe()
  const [filters, set] = useLocalStorage<SavedFilter[]>({ key: `marshrut.${of}.filters.${me?.id ?? ''}`, defaultValue: [] })
  return {
    filters,
    keep: (name: string, query: string) => set((before) => [...before.filter((filter) => filter.name !== name), { name, query }].sort((a, b) => a.name.localeCompare(b.name))),
    remove: (name: string) => set((before) => before.filter((filter) => filter.name !== name)),
  }
}

/** SavedFilters keeps the filters of a list under names, in this browser. */
export function SavedFilters({ of, query, onUse }: { of: List; query: string; onUse: (query: string) => void }) {
  const { t } = useTranslation()
  const saved = useSavedFilters(of)
  const [name, setName] = useState('')
  return (
    <Menu position="bottom-end" width={280} closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />}>
          {t('saved.title')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {saved.filters.length === 0 && <Menu.Label>{t('saved.none')}</Menu.Label>}
        {saved.filters.map((filter) => (
          <Menu.Item key={filter.name} closeMenuOnClick onClick={() => onUse(filter.query)}>
            {filter.name}
          </Menu.Item>
        ))}
        {saved.filters.length > 0 && (
          <>
            <Menu.Divider />
            {saved.filters.map((filter) => (
              <Menu.Item key={filter.name} color="red" onClick={() => saved.remove(filter.name)}>
                {t('saved.remove', { name: filter.name })}
              </Menu.Item>
            ))}
          </>
        )}
        <Menu.Divider />
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') saved.keep(name.trim(), query)
            setName('')
          }}
        >
          <Group gap={6} p={6} wrap="nowrap">
            <TextInput size="xs" aria-label={t('saved.name')} placeholder={t('saved.name')} value={name} maxLength={60} disabled={query === ''} onChange={(event) => setName(event.currentTarget.value)} onKeyDown={(event) => event.stopPropagation()} style={{ flex: 1 }} />
            <Button size="xs" type="submit" disabled={query === '' || name.trim() === ''}>
              {t('save')}
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  )
}
