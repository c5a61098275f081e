import { ActionIcon, Group, Menu, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { IconCalendarShare, IconCheck, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Due } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { useInteractionActions } from '@/ui/interactions/actions'
import type { Interaction } from '@/ui/interactions/draft'
import type { InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { InteractionIcon } from '@/ui/interactions/KindChoice'
import { ClientName } from '@/ui/interactions/PartyName'

import classes from './Agenda.module.css'

interface Props {
  interactions: Interaction[]
  now: number
  onAsk: (asked: InteractionAsked) => void
}

/** AgendaList is what one has planned, day by day; what should have been done already comes first. */
export function AgendaList({ interactions, now, onAsk }: Props) {
  const { t } = useTranslation('agenda')
  const groups = useDays(interactions, now)
  if (interactions.length === 0) {
    return (
      <div className="panel">
        <Empty title={t('empty.title')} text={t('empty.text')} />
      </div>
    )
  }
  return (
    <Stack gap="md">
      {groups.map((group) => (
        <section key={group.name} aria-label={group.name} className="panel">
          <Title order={2} size="h6" className={classes.dayHead} data-overdue={group.overdue || undefined}>
            {group.name}
          </Title>
          <ul className={classes.rows}>
            {group.items.map((interaction) => (
              <Row key={interaction.id} interaction={interaction} overdue={group.overdue} onAsk={onAsk} />
            ))}
          </ul>
        </section>
      ))}
    </Stack>
  )
}

/** useDays puts them under the names of their days. */
function useDays(interactions: Interaction[], now: number): { name: string; overdue: boolean; items: Interaction[] }[] {
  const { t } = useTranslation('agenda')
  const format = useFormat()
  const groups = new Map<string, { name: string; overdue: boolean; items: Interaction[] }>()
  for (const interaction of interactions) {
    const overdue = Date.parse(interaction.at) < now
    const name = overdue ? t('overdue') : format.day(format.dayKey(new Date(interaction.at)), format.dayKey(new Date(now)))
    const group = groups.get(name) ?? { name, overdue, items: [] }
    group.items.push(interaction)
    groups.set(name, group)
  }
  return [...groups.values()]
}

function Row({ interaction, overdue, onAsk }: { interaction: Interaction; overdue: boolean; onAsk: Props['onAsk'] }) {
  const { t } = useTranslation('agenda')
  const { t: common } = useTranslation()
  const format = useFormat()
  const works = useRight('work')
  const actions = useInteractionActions()
  const name = interaction.topic || common(`interactionKinds.${interaction.kind}`)
  return (
    <li className={classes.row}>
      <div className={classes.time}>{overdue ? <Due at={interaction.at} overdue /> : <span>{format.time(interaction.at)}</span>}</div>
      <InteractionIcon kind={interaction.kind} size={18} named />
      <div className={classes.what}>
        <UnstyledButton className={classes.topic} onClick={() => onAsk({ to: 'edit', id: interaction.id })}>
          {name}
        </UnstyledButton>
        <Text size="xs" c="dimmed" component="div">
          <ClientName id={interaction.client_id} />
        </Text>
      </div>
      {works && (
        <Group gap={2} wrap="nowrap">
          <ActionIcon variant="light" size={34} onClick={() => onAsk({ to: 'complete', id: interaction.id })} aria-label={t('complete', { name })} title={t('complete', { name })}>
            <IconCheck size={18} />
          </ActionIcon>
          <MoveMenu interaction={interaction} name={name} />
          <ActionIcon variant="subtle" color="gray" size={34} onClick={() => void actions.cancel(interaction)} aria-label={t('cancel', { name })} title={t('cancel', { name })}>
            <IconX size={18} />
          </ActionIcon>
        </Group>
      )}
    </li>
  )
}

const hour = 3_600_000

/** MoveMenu puts an interaction off by a usual length of time: from now on, when it is overdue. */
function MoveMenu({ interaction, name }: { interaction: Interaction; name: string }) {
  const { t } = useTranslation('agenda')
  const actions = useInteractionActions()
  const by = (hours: number) => () => {
    const from = Math.max(Date.parse(interaction.at), hours === 1 ? Date.now() : 0)
    let at = from + hours * hour
    while (at < Date.now()) at += 24 * hour
    void actions.move(interaction, new Date(at).toISOString())
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('move', { name })} title={t('move', { name })}>
          <IconCalendarShare size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={by(1)}>{t('moveBy.hour')}</Menu.Item>
        <Menu.Item onClick={by(24)}>{t('moveBy.day')}</Menu.Item>
        <Menu.Item onClick={by(7 * 24)}>{t('moveBy.week')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

