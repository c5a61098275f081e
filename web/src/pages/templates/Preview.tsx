import { Alert, Badge, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getNonce } from 'get-nonce'
import { useId, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { Failure } from '@/ui/Failure'
import { CasePicker } from '@/ui/pickers'

import { mailPage } from './mail'
import { bodyOf, type Channel, type Draft, type Lang } from './templates'
import classes from './templates.module.css'

interface Props {
  template: string
  lang: Lang
  channel: Channel
  draft: Draft
}

/** usePreview asks what becomes of a draft with the values of a case, or with samples; as one types, after a pause. */
export function usePreview({ template, lang, channel, draft }: Props, caseID: string | null, enabled: boolean) {
  const [asked] = useDebouncedValue(draft, 400)
  return useQuery({
    queryKey: [...keys.templates, template, 'preview', lang, channel, asked, caseID],
    queryFn: () => answer(api.POST('/api/v1/templates/{key}/preview', { params: { path: { key: template } }, body: { template: bodyOf(asked, lang, channel), ...(caseID === null ? {} : { case_id: caseID }) } })),
    enabled: enabled && asked.text !== '' && (channel === 'sms' || asked.subject !== ''),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0, // it has names and addresses of people
  })
}

interface ShownProps extends Props {
  preview: ReturnType<typeof usePreview>
  caseID: string | null
  onCase: (id: string | null) => void
}

/** Preview shows a draft as it would be sent. */
export function Preview({ template, channel, preview, caseID, onCase }: ShownProps) {
  const { t } = useTranslation('templates')
  const id = useId()
  const [part, setPart] = useState<'html' | 'text'>('html')
  const letter = preview.data
  const refused = preview.isError ? asApiError(preview.error) : undefined
  const forStaff = template.startsWith('staff-')
  return (
    <section className="panel" style={{ padding: '12px 14px' }} aria-labelledby={id}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h6" id={id}>
          {t('preview.title')}
        </Title>
        {channel === 'email' && letter?.html !== undefined && (
          <SegmentedControl size="xs" aria-label={t('preview.part')} value={part} onChange={(value) => setPart(value === 'text' ? 'text' : 'html')} data={[{ value: 'html', label: t('preview.html') }, { value: 'text', label: t('preview.text') }]} />
        )}
      </Group>
      <Stack gap="sm">
        {!forStaff && <CasePicker label={t('preview.case')} description={t('preview.caseText')} value={caseID} onChange={onCase} error={refused?.field('/case_id')} />}
        {/* What is wrong with the text is told beside the text. */}
        {refused !== undefined && refused.code !== 'template_invalid' && <Failure error={refused} onRetry={() => void preview.refetch()} />}
        {refused?.code === 'template_invalid' && (
          <Alert color="yellow" role="status">
            {t(letter === undefined ? 'preview.invalidYet' : 'preview.invalid')}
          </Alert>
        )}
        {letter === undefined && refused === undefined && (
          <Text size="sm" c="dimmed">
            {t('preview.nothing')}
          </Text>
        )}
        {letter !== undefined && (
          <div aria-live="polite" aria-busy={preview.isPlaceholderData} style={preview.isPlaceholderData || refused !== undefined ? { opacity: 0.55 } : undefined}>
            {channel === 'email' && (
              <Text fw={600} mb="xs" className="as-typed">
                {letter.subject}
              </Text>
            )}
            {channel === 'sms' && <SmsLength text={letter.text} parts={letter.sms_parts} />}
            {channel === 'email' && part === 'html' && letter.html !== undefined ? <MailFrame html={letter.html} /> : <div className={`as-typed ${classes.plain}`}>{letter.text}</div>}
          </div>
        )}
      </Stack>
    </section>
  )
}

function SmsLength({ text, parts }: { text: string; parts: number | undefined }) {
  const { t } = useTranslation('templates')
  return (
    <Group gap="xs" mb="xs">
      <Badge color="gray">{t('preview.characters', { count: [...text].length })}</Badge>
      {parts !== undefined && <Badge color={parts > 1 ? 'orange' : 'green'}>{t('preview.parts', { count: parts })}</Badge>}
    </Group>
  )
}

/** MailFrame shows a letter where nothing of it can do anything: no scripts, no forms, no windows, an origin of its own. */
function MailFrame({ html }: { html: string }) {
  const { t } = useTranslation('templates')
  const page = useMemo(() => mailPage(html, getNonce() ?? ''), [html])
  return <iframe title={t('preview.frame')} sandbox="" srcDoc={page} className={classes.frame} />
}
