import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Import } from './imports'

const colors = { uploaded: 'gray', running: 'blue', stopped: 'yellow', finished: 'green' } as const

/** Standing says how far an import is. */
export function Standing({ status }: Pick<Import, 'status'>) {
  const { t } = useTranslation('imports')
  return <Badge color={colors[status]}>{t(`statuses.${status}`)}</Badge>
}
