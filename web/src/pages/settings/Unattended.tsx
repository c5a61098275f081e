import { Anchor, Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { usePerformerName } from '@/api/people'
import { Due } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { ListTable, type ListColumn } from '@/ui/ListTable'
import { DelegateDialog } from '@/ui/tasks/DelegateDialog'
import { useAbilities, useMoveTasks } from '@/ui/tasks/tasks'
import { useList } from '@/ui/useList'

type Task = Schema<'Task'>

/** Unattended is the open tasks that nobody would do as things stand: whoever leads gives them to somebody. */
export default function Unattended() {
  const { t } = useTranslation('settings')
  const performerName = usePerformerName()
  const can = useAbilities()
  const move = useMoveTasks()
  const [giving, setGiving] = useState<Task>()
  const query = useList<Task>([...keys.tasks, 'unattended'], (after) => answer(api.GET('/api/v1/tasks/unattended', { params: { query: { limit: 50, ...(after === undefined ? {} : { after }) } } })))
  const columns: ListColumn<Task>[] = [
    {
      key: 'task', head: t('unattended.task'), width: 'minmax(0, 2fr)',
      cell: (task) => (
        <>
          <Anchor component={Link} to={`/tasks/${task.id}`} size="sm" fw={500} className="as-typed">
            {task.name}
          </Anchor>
          <Text size="xs" c="dimmed" className="as-typed">
            {task.case === undefined ? '' : `${task.case.number} ${task.case.topic}`}
          </Text>
        </>
      ),
    },
    { key: 'whose', head: t('unattended.whose'), phone: false, cell: (task) => <Text size="sm">{performerName(task.performer)}</Text> },
    { key: 'due', head: t('unattended.due'), phone: false, cell: (task) => <Due at={task.due_at} overdue={task.overdue} /> },
    {
      key: 'give', head: t('actions'), width: 'max-content',
      cell: (task) =>
        can.delegate(task) && (
          <Button size="compact-sm" variant="default" onClick={() => setGiving(task)} aria-label={t('unattended.giveOf', { name: task.name })}>
            {t('unattended.give')}
          </Button>
        ),
    },
  ]
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={640}>
        {t('unattended.text')}
      </Text>
      <ListTable label={t('sections.unattended')} query={query} columns={columns} idOf={(task) => task.id} nameOf={(task) => task.name} to={(task) => `/tasks/${task.id}`} empty={<Empty title={t('unattended.none')} text={t('unattended.noneText')} />} />
      <DelegateDialog count={1} opened={giving !== undefined} onClose={() => setGiving(undefined)} onChosen={(to) => giving !== undefined && move.mutate({ ids: [giving.id], move: { kind: 'delegate', to } })} />
    </Stack>
  )
}
