import { ActionIcon, Alert, Button, Group, Stack, Text, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'

import { ApiError, asApiError } from '@/api/problem'
import { isWithin } from '@/ui/sendByKey'
import { tell } from '@/ui/tell'
import { wordsOf } from '@/ui/words'

import classes from './InPlace.module.css'
import { keep, kept } from './kept'
import { Conflict, same } from './merge'

/** What was typed into a field, and what was there before. */
interface Kept<V> {
  before: V
  draft: V
}

interface Props<V> {
  label: string
  value: V
  /** The value to be read; nothing at all shows that it is not given. */
  shown: (value: V) => ReactNode
  /** How it reads beside another one, where it is not shown so: a page has one heading. */
  told?: (value: V) => ReactNode
  /** May one change it? */
  editable: boolean
  input: (draft: V, change: (draft: V) => void, error: string | undefined) => ReactNode
  /** Saves what was typed over what was there when one began; throws a Conflict when that is not there any more. */
  save: (draft: V, before: V) => Promise<void>
  /** What of a refusal belongs to this field. */
  problem?: (error: ApiError) => string | undefined
  /** Tells it apart from other fields of the page that may bear the same label. */
  part?: string
  /** What is chosen is saved only when one says so: nobody hands a case to another client by going elsewhere. Whatever else is meant as typed. */
  confirmed?: boolean
  /** Without its label, for what says itself what it is: a heading. */
  bare?: boolean
}

/**
 * InPlace shows a value and lets one change it where it stands: a click or the pencil begins, Enter saves, Escape leaves it. What a
 * colleague has written meanwhile is never lost: both are shown, and one chooses.
 */
export function InPlace<V>(props: Props<V>) {
  const { label, value, shown, editable, part = label, bare = false } = props
  const { t } = useTranslation('edit')
  const { pathname } = useLocation()
  const [keptAs] = useState(`field.${pathname}.${part}`)
  // What was typed and not saved is there again for whoever comes back.
  const [begun] = useState(() => (editable ? kept<Kept<V>>(keptAs) : undefined))
  const [before, setBefore] = useState<{ value: V } | undefined>(begun && { value: begun.before })
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
        <>
          {/* A heading stays that of the page while it is being changed. */}
          {props.told !== undefined && <VisuallyHidden>{content}</VisuallyHidden>}
          <Editor {...props} keptAs={keptAs} before={before.value} onEnd={end} />
        </>
      )}
    </div>
  )
}

function Editor<V>({ before, shown, told = shown, input, save, problem, label, confirmed = false, keptAs, onEnd }: Props<V> & { before: V; keptAs: string; onEnd: () => void }) {
  const { t } = useTranslation('edit')
  const [was] = useState(() => kept<Kept<V>>(keptAs))
  const [draft, setDraft] = useState(was === undefined ? before : was.draft)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<string>()
  const [theirs, setTheirs] = useState<{ value: V }>()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (was === undefined) form.current?.querySelector<HTMLElement>('input, textarea, select')?.focus()
  }, [was])
  useEffect(() => keep(keptAs, same(draft, before) ? undefined : ({ before, draft } satisfies Kept<V>)), [keptAs, draft, before])
  const given = useRef(false)
  const end = () => {
    given.current = true
    keep(keptAs, undefined)
    onEnd()
  }
  const atWork = useRef(false)
  const gone = useRef(false)
  const waits = (thrown: unknown) => {
    keep(keptAs, { before, draft } satisfies Kept<V>)
    tell.refused(t('left.title', { name: label }), thrown, t('left.text'))
  }
  const send = async (over: V) => {
    if (atWork.current) return
    atWork.current = true
    setSaving(true)
    setError(undefined)
    try {
      await save(draft, over)
      end()
    } catch (thrown) {
      atWork.current = false
      if (gone.current) {
        waits(thrown)
        return
      }
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
  // Whoever goes elsewhere from a field meant what he typed: it is saved, and what cannot be is said and waits here.
  const leave = useRef<() => void>(() => undefined)
  useEffect(() => {
    leave.current = () => {
      if (given.current || atWork.current || theirs !== undefined || same(draft, before)) return
      if (confirmed) {
        tell.waits(t('left.title', { name: label }), t('left.unconfirmed'))
        return
      }
      // Whoever is back before it is saved finds what is there, not what he typed: it would be a change of what he has just changed.
      keep(keptAs, undefined)
      save(draft, before).then(() => tell.done(t('left.saved', { name: label }), () => void save(before, draft).catch(tell.problem)), waits)
    }
  })
  useEffect(
    () => {
      gone.current = false
      return () => {
        gone.current = true
        leave.current()
      }
    },
    [],
  )
  const press = (event: KeyboardEvent) => {
    if (!isWithin(event)) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (!(event.target as HTMLElement).hasAttribute('data-expanded')) end() // of an open list it closes that only
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      form.current?.requestSubmit()
    }
  }
  return (
    <form
      ref={form}
      noValidate
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
              {t('conflict.theirs')} {told(theirs.value) || t('none')}
            </Text>
            <Text size="sm" className="as-typed">
              {t('conflict.mine')} {told(draft) || t('none')}
            </Text>
            <Group gap="xs" mt={6}>
              <Button size="compact-sm" variant="default" onClick={end}>
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
            <ActionIcon variant="default" size={28} onClick={end} aria-label={t('leave', { name: label })}>
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Stack>
    </form>
  )
}
