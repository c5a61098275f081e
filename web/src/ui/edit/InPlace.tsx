import { ActionIcon, Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { asApiError, type ApiError } from '@/api/problem'
import { wordsOf } from '@/ui/words'

import classes from './InPlace.module.css'
import { Conflict } from './merge'

interface Props<V> {
  label: string
  value: V
  /** The value to be read; nothing at all shows that it is not given. */
  shown: (value: V) => ReactNode
  /** May one change it? */
  editable: boolean
  input: (draft: V, change: (draft: V) => void, error: string | undefined) => ReactNode
  /** Saves what was typed over what was there when one began; throws a Conflict when that is not there any more. */
  save: (draft: V, before: V) => Promise<void>
  /** What of a refusal belongs to this field. */
  problem?: (error: ApiError) => string | undefined
  /** Without its label, for what says itself what it is: a heading. */
  bare?: boolean
}

/**
 * InPlace shows a value and lets one change it where it stands: a click or the pencil begins, Enter saves, Escape leaves it. What a
 * colleague has written meanwhile is never lost: both are shown, and one chooses.
 */
export function InPlace<V>(props: Props<V>) {
  const { label, value, shown, editable, bare = false } = props
  const { t } = useTranslation('edit')
  const [before, setBefore] = useState<{ value: V }>()
  const id = useId()
  const end = () => setBefore(undefined)
  // Who has done with the field is where he was before: at the pencil.
  const edited = useRef(false)
  useEffect(() => {
    if (before === undefined && edited.current) document.getElementById(id)?.focus()
    edited.current = before !== undefined
  }, [before, id])
  const content = shown(value)
  const empty = content === undefined || content === null || content === false || content === ''
  return (
    <div className={classes.field} role="group" aria-label={label}>
      {!bare && (
        <span className={classes.label} aria-hidden>
          {label}
        </span>
      )}
      {before === undefined ? (
        <div className={classes.shown}>
          <div
            className={`${classes.value} ${editable ? classes.editable : ''}`}
            onClick={(event) => {
              if (editable && !(event.target as HTMLElement).closest('a, button') && window.getSelection()?.isCollapsed !== false) setBefore({ value })
            }}
          >
            {empty ? (
              <Text span inherit c="dimmed">
                {t('none')}
              </Text>
            ) : (
              content
            )}
          </div>
          {editable && (
            <ActionIcon id={id} className={classes.pencil ?? ''} variant="subtle" color="gray" size={26} onClick={() => setBefore({ value })} aria-label={t('change', { name: label })}>
              <IconPencil size={15} aria-hidden />
            </ActionIcon>
          )}
        </div>
      ) : (
        <Editor {...props} before={before.value} onEnd={end} />
      )}
    </div>
  )
}

function Editor<V>({ before, shown, input, save, problem, label, onEnd }: Props<V> & { before: V; onEnd: () => void }) {
  const { t } = useTranslation('edit')
  const [draft, setDraft] = useState(before)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<string>()
  const [theirs, setTheirs] = useState<{ value: V }>()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('input, textarea, select')?.focus()
  }, [])
  const atWork = useRef(false)
  const send = async (over: V) => {
    if (atWork.current) return
    atWork.current = true
    setSaving(true)
    setError(undefined)
    try {
      await save(draft, over)
      onEnd()
    } catch (thrown) {
      atWork.current = false
      setSaving(false)
      if (thrown instanceof Conflict) {
        setTheirs({ value: thrown.theirs as V })
        return
      }
      const refused = asApiError(thrown)
      const { title, detail } = wordsOf(refused)
      setError(problem?.(refused) ?? (refused.code === 'offline' ? t('offline') : [title, detail].filter(Boolean).join('. ')))
    }
  }
  // With two values to choose from, Enter chooses neither: it leads to the choice.
  const choice = useRef<HTMLDivElement>(null)
  const submit = () => {
    if (theirs === undefined) void send(before)
    else choice.current?.focus()
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      onEnd()
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      submit()
    }
  }
  return (
    <form
      ref={form}
      aria-label={label}
      onKeyDown={press}
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        submit()
      }}
    >
      <Stack gap={6}>
        {input(draft, setDraft, error)}
        {theirs !== undefined && (
          <Alert ref={choice} tabIndex={-1} color="orange" role="alert" title={t('conflict.title')} p="xs">
            <Text size="sm" className="as-typed">
              {t('conflict.theirs')} {shown(theirs.value) || t('none')}
            </Text>
            <Text size="sm" className="as-typed">
              {t('conflict.mine')} {shown(draft) || t('none')}
            </Text>
            <Group gap="xs" mt={6}>
              <Button size="compact-sm" variant="default" onClick={onEnd}>
                {t('conflict.keep')}
              </Button>
              <Button size="compact-sm" loading={saving} onClick={() => void send(theirs.value)}>
                {t('conflict.replace')}
              </Button>
            </Group>
          </Alert>
        )}
        {theirs === undefined && (
          <Group gap={4}>
            <ActionIcon type="submit" variant="filled" size={28} loading={saving} aria-label={t('save', { name: label })}>
              <IconCheck size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="default" size={28} onClick={onEnd} aria-label={t('leave', { name: label })}>
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Stack>
    </form>
  )
}
