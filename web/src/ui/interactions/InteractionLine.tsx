import { Group, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { When } from '@/ui/bits'

import type { Interaction } from './draft'
import { InteractionIcon } from './KindChoice'

/** InteractionLine names an interaction on one line: what, about what, when. */
export function InteractionLine({ interaction, lead }: { interaction: Pick<Interaction, 'kind' | 'topic' | 'at'>; lead?: string }) {
  const { t } = useTranslation()
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" className="panel" p="xs">
      <InteractionIcon kind={interaction.kind} size={18} />
      <Text size="sm" className="as-typed">
        {lead !== undefined && <b>{lead}: </b>}
        {t(`interactionKinds.${interaction.kind}`)}
        {interaction.topic === '' ? '' : ` «${interaction.topic}»`}, <When at={interaction.at} />
      </Text>
    </Group>
  )
}
