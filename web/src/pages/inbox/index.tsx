import { useTranslation } from 'react-i18next'

import { Page } from '@/ui/Page'

export default function Inbox() {
  const { t } = useTranslation('inbox')
  return <Page title={t('title')}>…</Page>
}
