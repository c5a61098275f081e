import { Text } from '@mantine/core'
import { IconAlertTriangle, IconCalendarTime, IconChecklist, IconCircleCheck, IconClockExclamation, IconFilePlus, IconForms, IconMail, IconMapPin, IconMessage, IconPlayerStop, IconWebhook, type Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useUsers } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'

import classes from './maps.module.css'

type Run = Schema<'DryRun'>
type Entry = Schema<'DryEntry'>

/** What leaves the program or lies on somebody's desk stands out. */
const out = new Set<Entry['kind']>(['notify', 'webhook', 'open_task', 'create_task', 'create_case'])

const icons: Record<Entry['kind'], Icon> = {
  enter_stage: IconMapPin, leave_stage: IconMapPin, open_task: IconChecklist, complete_task: IconCircleCheck, withdraw_task: IconPlayerStop, move_due: IconCalendarTime,
  overdue: IconClockExclamation, notify: IconMail, webhook: IconWebhook, set_field: IconForms, create_task: IconChecklist, create_case: IconFilePlus, open_incident: IconAlertTriangle,
  close_incident: IconCircleCheck, manual: IconPlayerStop, finish: IconCircleCheck,
}

/** Story tells what has happened in a dry run and what would have gone out, the newest first. */
export function Story({ run }: { run: Run }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const words = useWords()
  const moments = [...(run.story ?? [])].reverse()
  return (
    <Block title={t('story.title')}>
      <ol className={classes.story} reversed tabIndex={0} aria-label={t('story.title')}>
        {moments.map((moment, i) => (
          <li key={moments.length - i} className={classes.moment}>
            <Text size="xs" c="dimmed" component="time" dateTime={moment.at}>
              {format.full(moment.at)}
            </Text>
            <ul>
              {telling(moment.entries ?? []).map((entry, k) => {
                const Sign = entry.kind === 'notify' && entry.channel === 'sms' ? IconMessage : icons[entry.kind]
                return (
                  <li key={k} className={out.has(entry.kind) ? classes.out : undefined} data-kind={entry.kind}>
                    <Sign size={15} aria-hidden />
                    <span>{words(entry)}</span>
                  </li>
                )
              })}
            </ul>
          </li>
        ))}
      </ol>
    </Block>
  )
}

/** telling leaves out what another entry of the same moment says better: that a stage began, where its task does; that it was left, where its task was completed. */
function telling(entries: readonly Entry[]): Entry[] {
  const says = (kind: Entry['kind'], path: string | undefined) => entries.some((one) => one.kind === kind && one.path === path)
  return entries.filter((entry) => (entry.kind !== 'enter_stage' || !says('open_task', entry.path)) && (entry.kind !== 'leave_stage' || !says('complete_task', entry.path)))
}

function useWords(): (entry: Entry) => string {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const format = useFormat()
  const users = useUsers()
  const to = (entry: Entry) => (entry.to ?? []).map((one) => (one.kind === 'user' ? (users.find((user) => user.login === one.key)?.name ?? one.key ?? '') : one.kind === 'role' ? (one.name ?? one.key ?? '') : t(`story.to.${one.kind}`))).join(', ')
  const due = (entry: Entry) => (entry.due === undefined ? '' : t('story.due', { when: format.moment(entry.due) }))
  return (entry) => {
    const stage = entry.stage ?? t('story.wholeCase')
    switch (entry.kind) {
      case 'notify':
        return t(entry.channel === 'sms' ? 'story.sms' : 'story.email', { template: entry.template, to: to(entry) })
      case 'open_task':
        return [t(entry.cyclic === true ? 'story.taskAgain' : 'story.task', { stage, performer: entry.performer?.name ?? '' }), due(entry)].join('')
      case 'create_task':
        return [t('story.extraTask', { name: entry.task, performer: entry.performer?.name ?? '' }), due(entry)].join('')
      case 'complete_task':
        return t('story.completed', { stage, outcome: entry.outcome })
      case 'withdraw_task':
        return t('story.withdrawn', { stage })
      case 'move_due':
        return entry.due === undefined ? t('story.paused', { stage }) : t('story.dueMoved', { stage, when: format.moment(entry.due) })
      case 'set_field':
        return t('story.set', { field: entry.field, value: typeof entry.value === 'string' || typeof entry.value === 'number' ? String(entry.value) : JSON.stringify(entry.value) })
      case 'webhook':
        return t('story.webhook', { url: entry.url })
      case 'create_case':
        return t('story.case', { kind: entry.create === undefined ? '' : common(`kinds.${entry.create}`), map: entry.create_map })
      case 'open_incident':
        return t('story.incident', { stage, code: entry.code })
      case 'finish':
        return t('story.finish', { outcome: entry.outcome ?? '', status: entry.status === undefined ? '' : common(`statuses.${entry.status}`) })
      case 'enter_stage':
      case 'leave_stage':
      case 'overdue':
      case 'close_incident':
      case 'manual':
        return t(`story.${entry.kind}`, { stage })
    }
  }
}
