import { Anchor, Group, Stack, Text } from '@mantine/core'
import { IconMail, IconMapPin, IconPhone, IconWorld } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { hrefOf, isMail, isPhone, type Detail } from './details'

/** DetailList are the numbers and addresses one can reach somebody by: a click calls or writes (R9, R44). */
export function DetailList({ details }: { details: Detail[] }) {
  const { t } = useTranslation('client')
  return (
    <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {details.map((detail, i) => {
        const href = hrefOf(detail)
        const Icon = isMail(detail.kind) ? IconMail : isPhone(detail.kind) ? IconPhone : detail.kind === 'site' ? IconWorld : IconMapPin
        const text = `${detail.value}${detail.extension === undefined ? '' : ` (${detail.extension})`}`
        return (
          <Group key={i} component="li" gap={6} wrap="nowrap" align="flex-start">
            <Icon size={16} style={{ marginTop: 3, flexShrink: 0 }} aria-hidden />
            <div style={{ minWidth: 0 }}>
              {href === undefined ? (
                <Text size="sm" className="as-typed">
                  {text}
                </Text>
              ) : (
                <Anchor size="sm" href={href} rel="noreferrer" {...(detail.kind === 'site' ? { target: '_blank' } : {})} style={{ overflowWrap: 'anywhere' }}>
                  {text}
                </Anchor>
              )}
              <Text size="xs" c="dimmed">
                {t(`details.kinds.${detail.kind as 'phone'}`)}
              </Text>
            </div>
          </Group>
        )
      })}
    </Stack>
  )
}
