import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { useRight } from '@/app/session'

/** ExportMenu saves a list, narrowed as it is, as a table: for whoever may export. */
export function ExportMenu({ path, filter }: { path: '/api/v1/clients/export' | '/api/v1/contacts/export'; filter: Record<string, string> }) {
  const { t } = useTranslation()
  if (!useRight('export')) return null
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {t('list.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['xlsx', 'csv'] as const).map((format) => (
          <Menu.Item key={format} component="a" href={`${path}?${new URLSearchParams({ ...filter, format }).toString()}`} download>
            {format.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
