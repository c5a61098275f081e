import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { RouteMap } from '@/api/maps'

const colors = { active: 'green', draft: 'yellow', archived: 'gray' } as const

/** StateBadge says whether new cases may choose a map (R38). */
export function StateBadge({ state }: { state: RouteMap['state'] }) {
  const { t } = useTranslation('maps')
  return <Badge color={colors[state]}>{t(`states.${state}`)}</Badge>
}
