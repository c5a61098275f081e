import { Alert, Button, Group, Stack, Text, Textarea, TextInput, Title, UnstyledButton } from '@mantine/core'
import { useEffect, useId, useState, type FocusEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned } from '@/api/client'
import { ApiError, asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Failure } from '@/ui/Failure'
import { askFirst } from '@/ui/questions'
import { tell } from '@/ui/tell'

import { keepDraft, keptDraft } from './drafts'
import { Preview, usePreview } from './Preview'
import { bodyOf, draftOf, sameDraft, useFresh, useStored, useVariables, type Channel, type Draft, type Lang, type Part, type Template } from './templates'
import classes from './templates.module.css'

interface Props {
  template: string
  lang: Lang
  channel: Channel
  /** The text that one began from; undefined: there was none in this language yet. */
  base: Template | undefined
  /** The text as it is now, and what has the editor go on from another one. */
  now: Template | undefined
  onFollow: (now: Template | undefined) => void
  canWrite: boolean
}

/** TextEditor writes a template in one language: with what it may show, and how it looks. */
export function TextEditor({ template, lang, channel, base, now, onFollow, canWrite }: Props) {
  const { t } = useTranslation('templates')
  const stored = draftOf(base)
  // Who has written nothing sees what is stored, whatever it becomes.
  const [written, setWritten] = useState<Draft | undefined>(() => keptDraft(template, lang)?.draft)
  const draft = written ?? stored
  const [caseID, setCase] = useState<string | null>(null)
  // What a save was refused by, and the version it was to be written over.
  const [refusedBy, setRefusedBy] = useState<{ theirs: Theirs; over: number | undefined }>()
  // Where the cursor is, or was last.
  const [at, setAt] = useState<{ part: Part; input: HTMLInputElement | HTMLTextAreaElement }>()
  const part = at?.part ?? 'text'
  const fresh = useFresh(template)
  const store = useStored(template)
  const preview = usePreview({ template, lang, channel, draft }, caseID, canWrite)
  const changed = !sameDraft(draft, stored)
  const change = (name: Part, value: string) => {
    const next = { ...draft, [name]: value }
    setWritten(sameDraft(next, stored) ? undefined : next)
    keepDraft(template, lang, base, sameDraft(next, stored) ? undefined : next)
  }
  const goOn = (from: Template | undefined) => {
    keepDraft(template, lang, base, undefined)
    setWritten(undefined)
    setRefusedBy(undefined)
    save.reset()
    onFollow(from)
  }
  const save = useMutation({
    mutationFn: (over?: Theirs) => {
      const known = over === undefined ? base : over.text
      const header = known === undefined ? { 'If-None-Match': '*' as const } : { 'If-Match': `"${known.version}"` }
      return versioned(api.PUT('/api/v1/templates/{key}', { params: { path: { key: template }, header }, body: bodyOf(draft, lang, channel) }))
    },
    onSuccess: ({ data }) => {
      tell.done(t('saved'))
      store(data)
      goOn(data)
    },
    onError: async (error) => {
      if (error instanceof ApiError && error.status === 412) await fresh(lang).then((text) => setRefusedBy({ theirs: { text }, over: base?.version }), tell.problem)
    },
  })
  const remove = useMutation({
    mutationFn: (version: number) => answer(api.DELETE('/api/v1/templates/{key}', { params: { path: { key: template }, query: { lang }, header: { 'If-Match': `"${version}"` } } })),
    onSuccess: async () => {
      tell.done(t(base?.shipped === undefined ? 'deleted' : 'restored'))
      await fresh(lang).then(goOn, tell.problem)
    },
    onError: tell.problem,
  })
  // What others have stored since one began: whoever has written nothing goes on from that, and whoever has is told at once.
  const atWork = save.isPending || remove.isPending
  const overtaken = !atWork && now?.version !== base?.version
  const theirs = overtaken ? { text: now } : refusedBy?.over === base?.version ? refusedBy?.theirs : undefined
  const follows = overtaken && !changed
  const { reset: forget } = save
  useEffect(() => {
    if (!follows) return
    forget()
    onFollow(now)
  }, [follows, now, onFollow, forget])
  const askRemove = () =>
    askFirst({
      title: t(base?.shipped === undefined ? 'delete.own' : 'delete.changed'),
      children: <Text size="sm">{t(base?.shipped === undefined ? 'delete.ownText' : 'delete.changedText')}</Text>,
      labels: { cancel: t('cancel', { ns: 'common' }), confirm: t(base?.shipped === undefined ? 'delete.own' : 'delete.changed') },
      confirmProps: { color: 'red' }, withCloseButton: false, onConfirm: () => remove.mutate(base?.version ?? 0),
    })
  const insert = (text: string) => {
    if (atWork) return
    const value = draft[part]
    const from = at?.input.selectionStart ?? value.length
    const to = at?.input.selectionEnd ?? value.length
    save.reset()
    change(part, value.slice(0, from) + text + value.slice(to))
    // The cursor goes behind what was put in, once that is there.
    requestAnimationFrame(() => {
      at?.input.focus()
      at?.input.setSelectionRange(from + text.length, from + text.length)
    })
  }
  const faults = faultsOf(save.error ?? preview.error)
  const field = (name: Part) => ({
    label: t(`parts.${channel === 'sms' ? 'sms' : name}`), value: draft[name], readOnly: !canWrite || atWork, error: faults(name),
    onFocus: (event: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => setAt({ part: name, input: event.currentTarget }),
    onChange: (event: { currentTarget: { value: string } }) => {
      save.reset()
      change(name, event.currentTarget.value)
    },
  })
  const known = save.error === null ? undefined : asApiError(save.error)
  return (
    <div className={classes.columns}>
      <Stack gap="md">
        {theirs !== undefined && changed && (
          <Clash
            theirs={theirs.text}
            channel={channel}
            busy={save.isPending}
            onTheirs={() => goOn(theirs.text)}
            onMine={() => {
              setRefusedBy(undefined)
              save.mutate(theirs)
            }}
          />
        )}
        {known !== undefined && known.status !== 412 && !['template_invalid', 'validation_failed'].includes(known.code) && <Failure error={known} />}
        {known?.code === 'template_invalid' && faults('other') !== undefined && <Failure error={known} />}
        {channel === 'email' && <TextInput required={canWrite} {...field('subject')} />}
        <Textarea className={classes.source} required={canWrite} autosize minRows={channel === 'sms' ? 4 : 10} maxRows={24} {...field('text')} />
        {channel === 'email' && <Textarea className={classes.source} description={t('parts.htmlText')} autosize minRows={8} maxRows={24} {...field('html')} />}
        {canWrite && (
          <Group gap="sm">
            <Button onClick={() => save.mutate(undefined)} loading={save.isPending} disabled={!changed || draft.text.trim() === ''}>
              {t('save', { ns: 'common' })}
            </Button>
            <Button
              variant="default"
              disabled={!changed}
              onClick={() => {
                goOn(base)
              }}
            >
              {t('discard')}
            </Button>
            {base !== undefined && base.origin !== 'shipped' && (
              <Button variant="subtle" color="red" onClick={askRemove} loading={remove.isPending}>
                {t(base.shipped === undefined ? 'delete.own' : 'delete.changed')}
              </Button>
            )}
            <Text size="sm" c="dimmed" role="status">
              {changed && t('unsaved')}
            </Text>
          </Group>
        )}
      </Stack>
      <Stack gap="md">
        {canWrite && <Preview template={template} lang={lang} channel={channel} draft={draft} preview={preview} caseID={caseID} onCase={setCase} />}
        {canWrite && <Variables template={template} into={t(`parts.${channel === 'sms' ? 'sms' : part}`)} onInsert={insert} />}
      </Stack>
    </div>
  )
}

/** faultsOf tells what is wrong with each part, with its line; what is wrong with none of them is under “other”. */
function faultsOf(thrown: unknown): (part: Part | 'other') => string | undefined {
  const found = thrown === null || thrown === undefined ? [] : (asApiError(thrown).problem.errors ?? [])
  const partOf = (pointer: string | undefined) => (['subject', 'text', 'html'] as const).find((part) => pointer === `/${part}` || pointer === `/template/${part}`) ?? 'other'
  return (part) => {
    const words = found.filter((fault) => partOf(fault.pointer) === part).map((fault) => [fault.line === undefined ? '' : `${fault.line}:`, fault.detail, fault.hint].filter(Boolean).join(' '))
    return words.length === 0 ? undefined : words.join('\n')
  }
}

/** What somebody else has stored; no text: he has deleted it. */
interface Theirs {
  text: Template | undefined
}

interface ClashProps {
  theirs: Template | undefined
  channel: Channel
  busy: boolean
  onTheirs: () => void
  onMine: () => void
}

/** Clash shows what somebody else has written meanwhile: one takes it, or writes one's own over it. */
function Clash({ theirs, channel, busy, onTheirs, onMine }: ClashProps) {
  const { t } = useTranslation('templates')
  return (
    <Alert color="orange" role="alert" title={t('clash.title')}>
      <Stack gap="sm">
        <Text size="sm">{t('clash.text')}</Text>
        <div className={`as-typed ${classes.plain}`}>{theirs === undefined ? t('clash.gone') : [...(channel === 'sms' ? [] : [theirs.subject ?? '']), theirs.text].join('\n\n')}</div>
        <Group gap="sm">
          <Button size="compact-md" variant="default" onClick={onTheirs}>
            {t('clash.theirs')}
          </Button>
          <Button size="compact-md" onClick={onMine} loading={busy}>
            {t('clash.mine')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

/** Variables lists what the text may show; one is put in where the cursor is. */
function Variables({ template, into, onInsert }: { template: string; into: string; onInsert: (text: string) => void }) {
  const { t } = useTranslation('templates')
  const id = useId()
  const variables = useVariables(template)
  const field = '{{.Field "id"}}'
  const all = [...variables.map((one) => ({ insert: one.insert, what: one.what })), ...(template.startsWith('staff-') ? [] : [{ insert: field, what: t('variables.field') }])]
  return (
    <section className="panel" style={{ padding: '12px 14px' }} aria-labelledby={id}>
      <Title order={2} size="h6" id={id}>
        {t('variables.title')}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {t('variables.text', { part: into })}
      </Text>
      <div className={classes.variables} tabIndex={0} role="group" aria-labelledby={id}>
        {all.map((variable) => (
          <UnstyledButton key={variable.insert} className={classes.variable ?? ''} onClick={() => onInsert(variable.insert)}>
            <code>{variable.insert}</code>
            <span>{variable.what}</span>
          </UnstyledButton>
        ))}
      </div>
    </section>
  )
}
