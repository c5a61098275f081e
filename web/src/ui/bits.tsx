import { Badge, Text, Tooltip, type BadgeProps, type TextProps } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { useFormat } from '@/i18n/useFormat'

export type CaseKind = 'appeal' | 'deal' | 'interest' | 'claim'

const kindColors: Record<CaseKind, string> = { appeal: 'blue', deal: 'teal', interest: 'violet', claim: 'orange' }

/** KindBadge says what a case is. */
export function KindBadge({ kind, ...rest }: { kind: CaseKind } & BadgeProps) {
  const { t } = useTranslation()
  return (
    <Badge color={kindColors[kind]} {...rest}>
      {t(`kinds.${kind}`)}
    </Badge>
  )
}

/** StatusBadge says how a case stands, or how it ended. */
export function StatusBadge({ status }: { status: 'open' | 'positive' | 'negative' | 'cancelled' }) {
  const { t } = useTranslation()
  const colors = { open: 'blue', positive: 'green', negative: 'red', cancelled: 'gray' }
  return <Badge color={colors[status]}>{t(`statuses.${status}`)}</Badge>
}

/** When is a moment, with the whole date for whoever points at it. */
export function When({ at, relative = false, ...rest }: { at: string; relative?: boolean } & TextProps) {
  const format = useFormat()
  return (
    <Tooltip label={format.full(at)} openDelay={400}>
      <Text component="time" dateTime={at} inherit span {...rest}>
        {relative ? format.ago(at) : format.moment(at)}
      </Text>
    </Tooltip>
  )
}

/** Due is a deadline; one that has passed is told by more than its colour. */
export function Due({ at, overdue, size = 'sm', wraps = false }: { at: string | undefined; overdue: boolean; size?: 'xs' | 'sm'; /** Where it has a narrow column to stand in. */ wraps?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (at === undefined) return null
  return (
    <Tooltip label={format.full(at)} openDelay={400}>
      <Text component="time" dateTime={at} span size={size} c={overdue ? 'var(--mantine-color-error)' : 'dimmed'} fw={overdue ? 600 : 400} style={{ whiteSpace: wraps ? undefined : 'nowrap', display: 'inline-flex', alignItems: 'center', gap: 4 }}>
        {overdue && <IconClockExclamation size={15} aria-hidden />}
        {overdue ? t('overdueSince', { when: format.moment(at) }) : t('dueAt', { when: format.moment(at) })}
      </Text>
    </Tooltip>
  )
}
