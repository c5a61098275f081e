import { Anchor, Badge, Group, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowUpRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import classes from './diagram.module.css'
import type { Diagram, Stage, Way } from './layout'
import type { Mark } from './marks'

interface Props {
  diagram: Diagram
  marks?: ReadonlyMap<string, Mark>
  selected?: string | undefined
  onSelect?: (path: string | undefined) => void
}

/** StageList is a map's diagram in words: its stages in order, who does what by when, and where each outcome leads. */
export function StageList({ diagram, marks, selected, onSelect }: Props) {
  const { t } = useTranslation('maps')
  const stages = diagram.stages ?? []
  const names = new Map(stages.map((stage) => [stage.path, stage.name]))
  return (
    <ol className={classes.stages} aria-label={t('diagram.stages')}>
      {stages.map((stage) => {
        const mark = marks?.get(stage.path)
        const ways = (diagram.ways ?? []).filter((way) => way.from === stage.path)
        return (
          <li key={stage.path} style={{ paddingLeft: (stage.path.split('/').length - 1) * 12 }}>
            <UnstyledButton className={classes.stage ?? ''} aria-pressed={selected === stage.path} aria-current={mark?.state === 'current' ? 'step' : undefined} onClick={() => onSelect?.(selected === stage.path ? undefined : stage.path)}>
              <Group gap={6} wrap="nowrap" justify="space-between" align="flex-start">
                <Text size="sm" fw={mark?.state === 'current' ? 700 : 500} component="span">
                  {stage.name}
                </Text>
                {mark?.badge !== undefined && <Badge size="sm">{mark.badge}</Badge>}
              </Group>
              <About stage={stage} mark={mark} />
              {selected === stage.path ? <Ways ways={ways} names={names} /> : <VisuallyHidden><Ways ways={ways} names={names} /></VisuallyHidden>}
            </UnstyledButton>
            {stage.map !== undefined && (
              <Anchor component={Link} to={`/maps/${stage.map}`} size="xs" ml={10} aria-label={t('diagram.openNestedOf', { stage: stage.name })}>
                {t('diagram.openNested')} <IconArrowUpRight size={13} aria-hidden />
              </Anchor>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function About({ stage, mark }: { stage: Stage; mark: Mark | undefined }) {
  const { t } = useTranslation('maps')
  const state = mark?.state === undefined ? [] : [t(`diagram.states.${mark.state}`)]
  const about = [...state, ...(stage.kind === 'task' ? [] : [t(`diagram.kinds.${stage.kind}`)]), stage.does, stage.performer, stage.limit].filter((text) => text !== undefined && text !== '')
  if (about.length === 0) return null
  return (
    <Text size="xs" c="dimmed" component="span" display="block">
      {about.join(' · ')}
    </Text>
  )
}

function Ways({ ways, names }: { ways: Way[]; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation('maps')
  return ways.map((way, i) => {
    const where = way.end !== undefined ? t(`diagram.ends.${way.end}`) : way.to === way.from ? t('diagram.again') : t('diagram.to', { stage: names.get(way.to ?? '') ?? '' })
    return (
      <Text key={i} size="xs" component="span" display="block">
        {way.name === undefined || way.name === '' ? where : `${way.name}: ${where}`}
      </Text>
    )
  })
}
