import { Alert, Button, Group, Progress, Radio, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { answer, api, newKey } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { MissingPage } from '@/app/BrokenPage'
import { Waiting } from '@/app/Waiting'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { Page } from '@/ui/Page'
import { tell } from '@/ui/tell'

import { importKey, importsKey, useImport, type Import } from './imports'
import { Mapping } from './Mapping'
import { Rows } from './Rows'
import { Standing } from './Standing'

/** OneImport is a table on its way in: its columns are mapped, its rows are looked over, and it is run. */
export default function OneImport() {
  const { id = '' } = useParams()
  const found = useImport(id)
  if (found.isPending) return <Waiting />
  if (found.data === undefined) return asApiError(found.error).status === 404 ? <MissingPage /> : <Failure error={found.error} onRetry={() => void found.refetch()} />
  return <Steps key={id} shown={found.data} />
}

function Steps({ shown }: { shown: Import }) {
  const { t } = useTranslation('imports')
  const format = useFormat()
  const queries = useQueryClient()
  const [unsaved, setUnsaved] = useState(false)
  useFinished(shown)
  const put = (now: Import) => {
    queries.setQueryData(importKey(shown.id), now)
    void queries.invalidateQueries({ queryKey: [...importsKey, 'list'] })
  }
  return (
    <Page
      title={shown.file_name}
      actions={
        <Button component={Link} to={`/import?of=${shown.of}`} variant="default">
          {t('all')}
        </Button>
      }
    >
      <Stack gap="md">
        <Group gap="sm">
          <Standing status={shown.status} />
          <Text size="sm">{t(`kinds.${shown.of}`)}</Text>
          <Text size="sm" c="dimmed">
            {[t('rows', { count: shown.rows.total, shown: format.number(String(shown.rows.total)) }), shown.format.toUpperCase(), shown.encoding?.toUpperCase()].filter(Boolean).join(' · ')}
          </Text>
        </Group>
        {shown.status === 'uploaded' && <Mapping shown={shown} onSaved={put} onUnsaved={setUnsaved} />}
        <Run shown={shown} ready={!unsaved} onChanged={put} />
        <Rows shown={shown} />
      </Stack>
    </Page>
  )
}

/** useFinished has the lists read again that the import adds to, once it has come to its end. */
function useFinished({ id, status }: Import): void {
  const queries = useQueryClient()
  const before = useRef(status)
  useEffect(() => {
    if (before.current === 'running' && status !== 'running') {
      for (const key of [keys.clients, keys.contacts, [...importKey(id), 'rows']]) void queries.invalidateQueries({ queryKey: key })
    }
    before.current = status
  }, [id, status, queries])
}

interface RunProps {
  shown: Import
  ready: boolean
  onChanged: (now: Import) => void
}

/** Run starts the import, shows how far it is, stops it, and says in the end what became of its rows. */
function Run({ shown, ready, onChanged }: RunProps) {
  const { t } = useTranslation('imports')
  const [duplicates, setDuplicates] = useState(shown.duplicates)
  const { id, rows, status } = shown
  const run = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/imports/{id}/run', { params: { path: { id }, header: { 'Idempotency-Key': newKey() } }, body: { duplicates } })),
    onSuccess: onChanged,
  })
  const stop = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/imports/{id}/stop', { params: { path: { id }, header: { 'Idempotency-Key': newKey() } } })),
    onSuccess: onChanged,
    onError: tell.problem,
  })
  const counts = [t('counts.made', { count: rows.made }), t('counts.duplicate', { count: rows.duplicate }), t('counts.failed', { count: rows.failed })].join(', ')
  if (status === 'finished') {
    return (
      <Alert color={rows.failed > 0 ? 'yellow' : 'green'} role="status" title={t('finished')}>
        <Text size="sm">{counts}</Text>
        {rows.failed > 0 && <Text size="sm">{t('failedHint')}</Text>}
      </Alert>
    )
  }
  return (
    <Block title={t('run')}>
      <Stack gap="sm">
        {status === 'running' ? (
          <>
            <Progress value={(rows.done / Math.max(1, rows.total)) * 100} aria-label={t('progress')} animated />
            <Group justify="space-between">
              <Text size="sm" aria-live="polite">
                {t('done', { done: rows.done, total: rows.total })}: {counts}
              </Text>
              <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
                {t('stop')}
              </Button>
            </Group>
          </>
        ) : (
          <>
            {status === 'stopped' && (
              <Text size="sm" role="status">
                {t('stopped', { done: rows.done, total: rows.total })}: {counts}
              </Text>
            )}
            <Radio.Group label={t('duplicates.label')} value={duplicates} onChange={(chosen) => setDuplicates(chosen)}>
              <Stack gap={6} mt={6}>
                <Radio value="skip" label={t('duplicates.skip')} />
                <Radio value="create" label={t('duplicates.create')} />
              </Stack>
            </Radio.Group>
            <Text size="sm" c="dimmed">
              {t('leftOut')}
            </Text>
            {run.isError && <Failure error={asApiError(run.error)} />}
            <Group>
              <Button loading={run.isPending} disabled={!ready} onClick={() => run.mutate()}>
                {status === 'stopped' ? t('goOn') : t('start')}
              </Button>
              {!ready && (
                <Text size="sm" c="dimmed">
                  {t('mapFirst')}
                </Text>
              )}
            </Group>
          </>
        )}
      </Stack>
    </Block>
  )
}
