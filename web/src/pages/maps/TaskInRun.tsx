import { Button, Group, Stack, Text } from '@mantine/core'
import { IconArrowRight, IconCircleCheck, IconCircleX, IconRepeat } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { ItemForm, type Values } from '@/ui/fields/ItemForm'
import { Due } from '@/ui/bits'

import { filled, optional } from './forms'

type Task = Schema<'DryTask'>
type Outcome = Schema<'Outcome'>

const ways = { on: { icon: IconArrowRight, color: 'route' }, cyclic: { icon: IconRepeat, color: 'grape' }, positive: { icon: IconCircleCheck, color: 'green' }, negative: { icon: IconCircleX, color: 'red' } }

const wayOf = (outcome: Outcome) => outcome.finish ?? (outcome.cyclic ? 'cyclic' : 'on')

/** TaskInRun is an open task of a dry run with its outcomes; the form of the one chosen may be left empty. */
export function TaskInRun({ task, busy, onChoose }: { task: Task; busy: boolean; onChoose: (outcome: string, fields: Values) => void }) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const [chosenID, setChosenID] = useState<string>()
  const [values, setValues] = useState<Values>({})
  const outcomes = task.outcomes ?? []
  const offered = new Set(task.offered ?? [])
  const chosen = outcomes.find((one) => one.id === chosenID)
  const choose = (outcome: Outcome) => {
    if (optional(outcome.form ?? []).length === 0) onChoose(outcome.id, {})
    else {
      setValues({})
      setChosenID(outcome.id)
    }
  }
  return (
    <section className="panel" style={{ padding: 12 }} aria-label={t('run.task', { name: task.name })}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text fw={600}>{task.name}</Text>
          <Due at={task.due} overdue={task.overdue} />
        </Group>
        <Text size="sm" c="dimmed">
          {[task.performer?.name, task.instructions].filter(Boolean).join(' · ')}
        </Text>
        <Group gap={6} role="group" aria-label={t('run.outcomes', { name: task.name })}>
          {outcomes.map((outcome) => {
            const { icon: Sign, color } = ways[wayOf(outcome)]
            return (
              <Button key={outcome.id} size="xs" color={color} variant={outcome.id === chosenID ? 'filled' : 'light'} leftSection={<Sign size={15} aria-hidden />} disabled={busy || !offered.has(outcome.id)} aria-pressed={outcome.id === chosenID} title={offered.has(outcome.id) ? undefined : outcome.when} onClick={() => choose(outcome)}>
                {outcome.name}
              </Button>
            )
          })}
        </Group>
        {outcomes.length === 0 && <Text size="sm">{t('run.negotiations')}</Text>}
        {chosen !== undefined && (
          <Stack gap="sm">
            <Text size="xs" c="dimmed">
              {t('run.examples')}
            </Text>
            <ItemForm items={optional(chosen.form ?? [])} values={values} onChange={setValues} />
            <Group gap="xs">
              <Button size="xs" loading={busy} data-autofocus onClick={() => onChoose(chosen.id, filled(values))}>
                {t('run.complete', { name: chosen.name })}
              </Button>
              <Button size="xs" variant="subtle" onClick={() => setChosenID(undefined)}>
                {common('cancel')}
              </Button>
            </Group>
          </Stack>
        )}
      </Stack>
    </section>
  )
}
