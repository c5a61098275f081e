import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconArrowRight, IconCircleCheck, IconCircleX, IconRepeat, type Icon } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'

import { api } from '@/api/client'
import { decided } from '@/api/commands'
import { useStageName } from '@/api/maps'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { filledIn, ItemForm, speaksOf, useFacts, type Values } from '@/ui/fields/ItemForm'
import { useKept } from '@/ui/edit/useKept'
import { holds } from '@/ui/fields/condition'
import { Failure } from '@/ui/Failure'
import { firstField, whenChanged } from '@/ui/firstField'
import { useShortcuts } from '@/ui/shortcuts'
import { sendByKey } from '@/ui/sendByKey'
import { tell } from '@/ui/tell'

import classes from './tasks.module.css'
import type { Done } from './TaskPanel'
import { refreshTasks, type Outcome, type Task } from './tasks'

/** What an outcome does to the case, as R20 has it. */
type Way = 'on' | 'cyclic' | 'positive' | 'negative'

const ways: Record<Way, { icon: Icon; color: string }> = {
  on: { icon: IconArrowRight, color: 'route' },
  cyclic: { icon: IconRepeat, color: 'grape' },
  positive: { icon: IconCircleCheck, color: 'green' },
  negative: { icon: IconCircleX, color: 'red' },
}

const wayOf = (outcome: Outcome): Way => outcome.finish ?? (outcome.cyclic ? 'cyclic' : 'on')

interface Typed {
  /** The outcome that is chosen. */
  chosen?: string
  values: Values
}

const nothing: Typed = { values: {} }

/** OutcomeForm has a task's outcomes, told apart by icon, colour and words (R20), the form of the one chosen, and completes the task with it. */
export function OutcomeForm({ task, onDone }: { task: Task; onDone: (done: Done) => void }) {
  const { t } = useTranslation('tasks')
  const queries = useQueryClient()
  const open = task.status === 'open'
  // Once the task is over it has no outcomes any more; what was typed into one's form is still there.
  const [known, setKnown] = useState(task.outcomes ?? [])
  const outcomes = open ? (task.outcomes ?? []) : known
  if (open && task.outcomes !== null && task.outcomes !== known && task.outcomes.length > 0) setKnown(task.outcomes)
  const { value: typed, set, drop } = useKept(`task.${task.id}`, nothing)
  const { chosen: chosenID, values } = typed
  const conditions = useFacts(outcomes.map((o) => ({ field: `outcome:${o.id}`, type: 'text', ...(o.when === undefined ? {} : { when: o.when }) })), values, task.case_id)
  const offered = outcomes.filter((o) => holds(o.when, conditions))
  const chosen = offered.find((o) => o.id === chosenID)
  const items = chosen?.form ?? []
  const facts = useFacts(items, values, task.case_id)
  const complete = useMutation({
    mutationFn: () =>
      decided(
        api.POST('/api/v1/tasks/{id}/complete', {
          params: { path: { id: task.id } },
          body: chosen === undefined ? {} : { outcome: chosen.id, fields: filledIn(items, values, facts) },
        }),
      ),
    onSuccess: async (result) => {
      drop()
      tell.done(chosen === undefined ? t('done.task') : t('done.outcome', { name: chosen.name }))
      onDone({ title: chosen === undefined ? t('done.task') : t('done.outcome', { name: chosen.name }), next: result.next_tasks ?? [] })
      await refreshTasks(queries, task.case_id)
    },
    onError: () => refreshTasks(queries, task.case_id),
  })
  const problem = complete.isError ? asApiError(complete.error) : undefined
  const form = useRef<HTMLFormElement>(null)
  const [choices, setChoices] = useState(0)
  const choose = (outcome: Outcome) => {
    complete.reset()
    set((before) => ({ ...before, chosen: outcome.id }))
    setChoices(choices + 1)
  }
  // The form opens below the buttons, where it may be out of sight: whoever has chosen is taken to it.
  useEffect(() => {
    return choices > 0 && form.current !== null ? goTo(form.current) : undefined
  }, [choices])
  useShortcuts(open ? offered.slice(0, 9).map((outcome, i) => ({ code: `Digit${i + 1}`, shown: String(i + 1), does: outcome.name, run: () => choose(outcome) })) : [])
  if (!open) return <WhatWasTyped items={items} values={values} problem={problem} />
  if (outcomes.length === 0) {
    if (task.kind === 'stage') return <Text size="sm">{t('negotiations')}</Text>
    return (
      <Stack gap="sm" align="flex-start">
        {problem !== undefined && <Failure error={problem} />}
        <Button loading={complete.isPending} onClick={() => complete.mutate()} data-first-action>
          {t('doneButton')}
        </Button>
      </Stack>
    )
  }
  const groups = [offered.filter((o) => o.scope === 'stage'), offered.filter((o) => o.scope === 'map')]
  return (
    <Stack gap="md">
      {groups.map((group, i) =>
        group.length === 0 ? null : (
          <div key={i} role="group" aria-label={i === 0 ? t('outcomes') : t('anywhere')}>
            <Text size="xs" c="dimmed" fw={600} mb={4}>
              {i === 0 ? t('outcomes') : t('anywhere')}
            </Text>
            <div className={classes.outcomes}>
              {group.map((outcome) => (
                <OutcomeButton key={outcome.id} outcome={outcome} map={task.case?.map?.id} chosen={outcome === chosen} onChoose={() => choose(outcome)} />
              ))}
            </div>
          </div>
        ),
      )}
      {chosen !== undefined && (
        <form
          key={chosen.id}
          ref={form}
          onKeyDown={sendByKey}
          noValidate
          className={classes.form}
          aria-label={chosen.name}
          onSubmit={(event) => {
            event.preventDefault()
            if (!complete.isPending) complete.mutate()
          }}
        >
          <Stack gap="sm">
            {chosen.comment !== undefined && chosen.comment !== '' && (
              <Text size="sm" className="as-typed">
                {chosen.comment}
              </Text>
            )}
            <ItemForm enters items={items} values={values} onChange={(filled) => set((before) => ({ ...before, values: filled }))} problem={problem} clientID={task.case?.client_id} caseID={task.case_id} />
            {problem !== undefined && !speaksOf(items, problem) && <Failure error={problem} />}
            <Group gap="xs">
              <Button type="submit" loading={complete.isPending} color={ways[wayOf(chosen)].color} variant={wayOf(chosen) === 'cyclic' ? 'light' : 'filled'}>
                {t('complete', { name: chosen.name })}
              </Button>
              <Button variant="subtle" color="gray" onClick={() => drop()}>
                {t('cancel', { ns: 'common' })}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  )
}

function OutcomeButton({ outcome, map, chosen, onChoose }: { outcome: Outcome; map: string | undefined; chosen: boolean; onChoose: () => void }) {
  const { t } = useTranslation('tasks')
  const stageName = useStageName()
  const way = wayOf(outcome)
  const { icon: Sign, color } = ways[way]
  const leads = way === 'on' && outcome.to !== undefined ? t('ways.to', { stage: stageName(map, outcome.to) }) : t(`ways.${way}`)
  return (
    <button
      type="button"
      className={classes.outcome}
      data-way={way}
      data-first-action
      aria-pressed={chosen}
      style={{ '--way': `var(--mantine-color-${color}-light-color)`, '--way-soft': `var(--mantine-color-${color}-light)` } as CSSProperties}
      onClick={onChoose}
    >
      <Sign size={20} aria-hidden />
      <span>
        <span className={classes.outcomeName}>{outcome.name}</span>
        <span className={classes.outcomeWay}>{leads}</span>
      </span>
    </button>
  )
}

/** goTo brings a form into view, as much of it as there is room for from its beginning, and the keyboard into its first field. */
function goTo(form: HTMLFormElement): () => void {
  const begin = () => {
    const first = firstField(form) ?? (form.querySelector('input[data-loading]') === null ? form.querySelector<HTMLElement>('button:enabled') : null)
    first?.focus({ preventScroll: true })
    return first !== null
  }
  const { activeElement: from } = document
  // What it begins with may still be being loaded: whoever goes on meanwhile is not taken back.
  const stop = begin() ? () => undefined : whenChanged(form, () => document.activeElement !== from || begin())
  form.scrollIntoView({ block: 'nearest', behavior: window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  return stop
}

// An interaction has texts of its own.
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([part, text]) => ((part === 'topic' || part === 'content') && typeof text === 'string' && text !== '' ? [text] : []))
}

/** WhatWasTyped keeps in sight what one had typed into a form of a task that is over now. */
function WhatWasTyped({ items, values, problem }: { items: Outcome['form']; values: Values; problem: ReturnType<typeof asApiError> | undefined }) {
  const { t } = useTranslation('tasks')
  const typed = (items ?? []).map((item) => ({ name: item.name, text: textsOf(values[item.field]).join('\n') })).filter(({ text }) => text !== '')
  return (
    <>
      {problem !== undefined && <Failure error={problem} />}
      {typed.length > 0 && (
        <Alert color="yellow" title={t('notSent')}>
          {typed.map(({ name, text }) => (
            <Text key={name} size="sm" className="as-typed">
              {name}: {text}
            </Text>
          ))}
        </Alert>
      )}
    </>
  )
}
