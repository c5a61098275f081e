import { Button } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useRight } from '@/app/session'

/** ImportLink leads to the import of a table of clients or contacts. */
export function ImportLink({ of }: { of: 'client' | 'contact' }) {
  const { t } = useTranslation()
  if (!useRight('work')) return null
  return (
    <Button component={Link} to={`/import?of=${of}`} variant="default" leftSection={<IconUpload size={16} aria-hidden />}>
      {t('list.import')}
    </Button>
  )
}
