import { Button, Group, Loader, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey } from '@/api/client'
import { asApiError, type ApiError } from '@/api/problem'
import { useFormat } from '@/i18n/useFormat'
import { wordsOf } from '@/ui/words'

import { DropZone } from './DropZone'
import { largestFile, upload } from './upload'

/** A file on its way: how far it is, and why it did not arrive. */
interface Sending {
  key: string
  file: File
  sent: number
  arrived: boolean
  refused?: ApiError | 'large'
}

interface Props {
  /** Where they go: `/clients/{id}/files`. */
  path: string
  onArrived: () => void
  /** Keeps what has arrived in sight; a list that shows it makes that needless. */
  keep?: boolean
}

/** Uploads attaches files, several at once, each with its progress and with what it is refused for (R10, R45). */
export function Uploads({ path, onArrived, keep = false }: Props) {
  const { t } = useTranslation('files')
  const format = useFormat()
  const [all, setAll] = useState<Sending[]>([])
  const change = (key: string, to: Partial<Sending>) => setAll((before) => before.map((one) => (one.key === key ? { ...one, ...to } : one)))
  const drop = (key: string) => setAll((before) => before.filter((one) => one.key !== key))
  const send = async ({ key, file }: Sending) => {
    change(key, { refused: undefined, sent: 0 })
    try {
      await upload(path, file, key, (sent) => change(key, { sent }))
      if (keep) change(key, { sent: 100, arrived: true })
      else drop(key)
    } catch (error) {
      change(key, { refused: asApiError(error) })
    }
  }
  const take = async (files: File[]) => {
    const taken = files.map((file): Sending => ({ key: newKey(), file, sent: 0, arrived: false, ...(file.size > largestFile ? { refused: 'large' } : {}) }))
    setAll((before) => [...before.filter((one) => !one.arrived), ...taken])
    for (const one of taken) if (one.refused === undefined) await send(one)
    onArrived()
  }
  return (
    <DropZone text={t('drop')} choose={t('choose')} multiple onFiles={(files) => void take(files)}>
      <Stack gap={6}>
        {all.map((one) => (
          <div key={one.key}>
            <Group gap={6} justify="space-between">
              <Text size="sm" style={{ overflowWrap: 'anywhere' }} role="status">
                {one.file.name} · {format.size(one.file.size)}
                {one.arrived && ` — ${t('arrived')}`}
              </Text>
              {one.refused === undefined && !one.arrived && <Loader size={14} aria-hidden />}
            </Group>
            {one.refused === undefined && !one.arrived && <Progress value={one.sent} aria-label={t('progress', { name: one.file.name })} />}
            {one.refused !== undefined && (
              <Group gap="xs">
                <Text size="sm" c="var(--mantine-color-error)" role="alert">
                  {one.refused === 'large' ? t('large') : one.refused.code === 'offline' ? t('lost') : said(one.refused)}
                </Text>
                {one.refused !== 'large' && (one.refused.status === 0 || one.refused.status >= 500) && (
                  <Button size="compact-sm" h={32} variant="default" onClick={() => void send(one).then(onArrived)}>
                    {t('again')}
                  </Button>
                )}
                <Button size="compact-sm" h={32} variant="subtle" color="gray" onClick={() => drop(one.key)} aria-label={t('forget', { name: one.file.name })}>
                  {t('forgetShort')}
                </Button>
              </Group>
            )}
          </div>
        ))}
      </Stack>
    </DropZone>
  )
}

/** said is what is wrong with the file itself, or what the request was refused for. */
function said(refused: ApiError): string {
  const details = (refused.problem.errors ?? []).map((error) => error.detail)
  const { title, detail } = wordsOf(refused)
  return (details.length > 0 ? details : [title, detail]).filter(Boolean).join('. ')
}
