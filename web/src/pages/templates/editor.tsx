import { Anchor, Badge, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'

import { asApiError } from '@/api/problem'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { Failure } from '@/ui/Failure'
import { Page } from '@/ui/Page'

import { keptDraft } from './drafts'
import { TextEditor } from './TextEditor'
import { langs, useTemplate, type Channel, type Lang, type Template } from './templates'

/** TemplateCard is one template: its texts in both languages, written with a live preview (R39). */
export default function TemplateCard() {
  const { key = '' } = useParams()
  const [params] = useSearchParams()
  const found = useTemplate(key)
  if (found.isPending) {
    return (
      <Stack>
        <Skeleton height={40} width={320} />
        <Skeleton height={420} radius="md" />
      </Stack>
    )
  }
  const wanted = params.get('channel')
  // One that is about to be written is not there yet.
  const isNew = found.isError && asApiError(found.error).status === 404 && (wanted === 'email' || wanted === 'sms')
  // Of one that was there, what was read stays: its last text may just have been deleted.
  if (found.isError && found.data === undefined && !isNew) return <Failure error={found.error} onRetry={() => void found.refetch()} />
  const read = found.data?.items ?? []
  const gone = found.isError && asApiError(found.error).status === 404
  return <Card key={key} template={key} title={read[0]?.title ?? key} channel={read[0]?.channel ?? (wanted === 'sms' ? 'sms' : 'email')} texts={gone ? none : read} />
}

const none: Template[] = []

interface CardProps {
  template: string
  /** What it is called as long as its text in the language says nothing else. */
  title: string
  channel: Channel
  texts: Template[]
}

function Card({ template, title: called, channel, texts }: CardProps) {
  const { t, i18n } = useTranslation('templates')
  const designs = useRight('design')
  const [lang, setLang] = useState<Lang>(i18n.language === 'en' ? 'en' : 'ru')
  const stored = (one: Lang) => texts.find((text) => text.lang === one)
  // Which text one began from. When it changes by oneself (saved, deleted), or by others before one has written anything, one goes on from what it is now.
  const begunFrom = (one: Lang) => {
    const was = keptDraft(template, one)
    return was === undefined ? stored(one) : was.base
  }
  const [base, setBase] = useState<Record<Lang, Template | undefined>>(() => ({ ru: begunFrom('ru'), en: begunFrom('en') }))
  const title = base[lang]?.title ?? called
  const follow = useCallback((now: Template | undefined) => setBase((before) => ({ ...before, [lang]: now })), [lang])
  return (
    <Page title={title}>
      <Stack gap="md">
        <Group justify="space-between">
          <Group gap="sm">
            <Anchor component={Link} to="/templates" size="sm">
              <Group gap={4}>
                <IconArrowLeft size={15} aria-hidden />
                {t('back')}
              </Group>
            </Anchor>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {template}
            </Text>
            <Badge color={channel === 'sms' ? 'orange' : 'blue'}>{t(`channels.${channel}`)}</Badge>
          </Group>
          <SegmentedControl aria-label={t('lang')} value={lang} onChange={(value) => setLang(value === 'en' ? 'en' : 'ru')} data={langs.map((one) => ({ value: one, label: base[one] === undefined ? t('langMissing', { lang: t(`langs.${one}`) }) : t(`langs.${one}`) }))} />
        </Group>
        <About text={base[lang]} />
        <TextEditor key={lang} template={template} lang={lang} channel={channel} base={base[lang]} now={stored(lang)} onFollow={follow} canWrite={designs} />
      </Stack>
    </Page>
  )
}

function About({ text }: { text: Template | undefined }) {
  const { t } = useTranslation('templates')
  const format = useFormat()
  if (text === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {t('about.none')}
      </Text>
    )
  }
  return (
    <Group gap="xs">
      <Badge color={text.origin === 'shipped' ? 'gray' : 'violet'}>{t(`origins.${text.origin}`)}</Badge>
      <Text size="sm" c="dimmed">
        {text.version > 0 && text.created_at !== undefined ? t('about.version', { version: text.version, when: format.moment(text.created_at) }) : t('about.shipped')}
      </Text>
    </Group>
  )
}
