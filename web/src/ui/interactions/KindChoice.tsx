import { Chip, Group, Input } from '@mantine/core'
import { IconCalendarEvent, IconDots, IconMail, IconMessage, IconPhone, IconUsers, type Icon } from '@tabler/icons-react'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'

import { interactionKinds, type InteractionKind } from './draft'

const icons: Record<InteractionKind, Icon> = { call: IconPhone, meeting: IconUsers, email: IconMail, sms: IconMessage, calendar: IconCalendarEvent, other: IconDots }

/** InteractionIcon is the sign of a kind of interaction; its name stands beside it, or is said to whoever does not see it. */
export function InteractionIcon({ kind, size = 16, named = false }: { kind: InteractionKind; size?: number; named?: boolean }) {
  const { t } = useTranslation()
  const Sign = icons[kind]
  return named ? <Sign size={size} role="img" aria-label={t(`interactionKinds.${kind}`)} /> : <Sign size={size} aria-hidden />
}

interface Props {
  label: string
  value: InteractionKind
  onChange: (kind: InteractionKind) => void
  error?: string | undefined
}

/** KindChoice chooses what an interaction is; the arrow keys go along it. */
export function KindChoice({ label, value, onChange, error }: Props) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} error={error}>
      <Group gap={6} role="radiogroup" aria-labelledby={id}>
        <Chip.Group value={value} onChange={(kind) => onChange(kind)}>
          {interactionKinds.map((kind) => (
            <Chip key={kind} value={kind} size="sm" radius="md" variant="outline" style={{ '--chip-size': '2rem' }} icon={<InteractionIcon kind={kind} size={14} />}>
              {t(`interactionKinds.${kind}`)}
            </Chip>
          ))}
        </Chip.Group>
      </Group>
    </Input.Wrapper>
  )
}
