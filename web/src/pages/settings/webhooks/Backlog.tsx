import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Webhook } from './webhooks'

/** Backlog says how much a webhook is still to be told, and how much it will not be unless somebody asks for it. */
export function Backlog({ webhook: { waiting, failed } }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks')
  return (
    <>
      {waiting.count > 0 && (
        <Badge color="blue">
          {t('waiting', { count: waiting.count })}
          {waiting.more && '+'}
        </Badge>
      )}
      {failed.count > 0 && (
        <Badge color="red">
          {t('failed', { count: failed.count })}
          {failed.more && '+'}
        </Badge>
      )}
    </>
  )
}
