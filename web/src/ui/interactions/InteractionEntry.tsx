import { Anchor, Badge, Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useUserName } from '@/api/people'
import { When } from '@/ui/bits'

import { useInteractionActions } from './actions'
import type { Interaction } from './draft'
import classes from './InteractionEntry.module.css'
import type { InteractionAsked } from './InteractionDialog'
import { InteractionIcon } from './KindChoice'

interface Props {
  interaction: Interaction
  /** May one complete, change, cancel and restore it? */
  editable: boolean
  ask: (asked: InteractionAsked) => void
  /** Without the way to its case, where that is in sight. */
  withCase?: boolean
}

/** InteractionEntry is an interaction in a list on a card: planned, with what one does about it (R2, R4), or past, with what came of it. */
export function InteractionEntry({ interaction, editable, ask, withCase = true }: Props) {
  const { t } = useTranslation(['interactions', 'common'])
  const userName = useUserName()
  const [now] = useState(() => Date.now())
  const planned = interaction.status === 'planned'
  const late = planned && Date.parse(interaction.at) < now
  return (
    <div className={classes.entry} data-planned={planned || undefined} data-late={late || undefined} data-cancelled={interaction.status === 'cancelled' || undefined}>
      <Group justify="space-between" gap={6} align="flex-start">
        <Group gap={6} style={{ flex: '1 1 200px', minWidth: 0 }}>
          <InteractionIcon kind={interaction.kind} size={16} />
          <Text size="sm" fw={600}>
            {t(`common:interactionKinds.${interaction.kind}`)}
          </Text>
          {planned && <Badge color={late ? 'red' : 'blue'}>{late ? t('entry.late') : t('entry.planned')}</Badge>}
          {interaction.status === 'cancelled' && <Badge color="gray">{t('entry.cancelled')}</Badge>}
        </Group>
        <Text size="xs" c="dimmed" component="div">
          <When at={interaction.at} />
        </Text>
      </Group>
      <Text size="sm" className={`as-typed ${classes.text}`}>
        {interaction.topic}
      </Text>
      {interaction.result !== undefined && (
        <Text size="sm" className={`as-typed ${classes.text}`}>
          <b>{t('fields.result')}:</b> {interaction.result}
        </Text>
      )}
      <Group gap={8} justify="space-between">
        <Text size="xs" c="dimmed">
          {userName(interaction.responsible_id ?? interaction.created_by)}{' '}
          {withCase && interaction.case_id !== undefined && (
            <Anchor component={Link} to={`/cases/${interaction.case_id}`} inherit>
              {t('entry.case')}
            </Anchor>
          )}
        </Text>
        {editable && <Actions interaction={interaction} ask={ask} />}
      </Group>
    </div>
  )
}

function Actions({ interaction, ask }: Pick<Props, 'interaction' | 'ask'>) {
  const { t } = useTranslation(['interactions', 'common'])
  const actions = useInteractionActions()
  const about = (what: string) => `${what}: ${interaction.topic === '' ? t(`common:interactionKinds.${interaction.kind}`) : interaction.topic}`
  const button = { size: 'compact-sm', h: 32, variant: 'subtle' } as const
  return (
    <Group gap={4}>
      {interaction.status === 'planned' && (
        <>
          <Button {...button} variant="light" onClick={() => ask({ to: 'complete', id: interaction.id })} aria-label={about(t('actions.complete'))}>
            {t('actions.complete')}
          </Button>
          <Button {...button} onClick={() => ask({ to: 'edit', id: interaction.id })} aria-label={about(t('common:edit'))}>
            {t('common:edit')}
          </Button>
          <Button {...button} color="gray" onClick={() => void actions.cancel(interaction)} aria-label={about(t('actions.cancel'))}>
            {t('actions.cancel')}
          </Button>
        </>
      )}
      {interaction.status === 'completed' && (
        <Button {...button} onClick={() => ask({ to: 'edit', id: interaction.id })} aria-label={about(t('entry.open'))}>
          {t('entry.open')}
        </Button>
      )}
      {interaction.status === 'cancelled' && (
        <Button {...button} onClick={() => void actions.restore(interaction)} aria-label={about(t('actions.restore'))}>
          {t('actions.restore')}
        </Button>
      )}
    </Group>
  )
}
