import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Entry } from '@/api/directories'
import { InPlace } from '@/ui/edit/InPlace'

interface Props {
  label: string
  entries: Entry[]
  value: string | undefined
  editable: boolean
  save: (key: string, before: string) => Promise<void>
  pointer: string
}

/** Chosen is an entry of a directory, changed in place; or what was typed before there was a directory. */
export function Chosen({ label, entries, value, editable, save, pointer }: Props) {
  const { t } = useTranslation()
  return (
    <InPlace
      label={label}
      value={value ?? ''}
      editable={editable}
      shown={(key) => entries.find((entry) => entry.key === key)?.name ?? key}
      input={(draft, set, error) => (
        <Select
          aria-label={label}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('clear') }}
          nothingFoundMessage={t('list.nothing')}
          data={entries.filter((entry) => !entry.archived || entry.key === draft).map((entry) => ({ value: entry.key, label: entry.name }))}
          value={draft === '' ? null : draft}
          onChange={(key) => set(key ?? '')}
          error={error}
        />
      )}
      save={save}
      problem={(error) => error.field(pointer)}
    />
  )
}
