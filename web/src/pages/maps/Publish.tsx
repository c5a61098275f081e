import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useMaps } from '@/api/maps'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { compare, type Compared } from './diff'
import classes from './maps.module.css'

interface Props {
  source: string
  /** The newest version's text; of a new map what one began with. */
  published: string
  base: number
  /** Of the map that was opened, and of the one that the text is of. */
  id: string
  target: string
  onClose: () => void
  onPublished: () => void
}

/** Publish shows what a new version changes and publishes it, unless a colleague has been quicker (R15, R53). */
export function Publish({ source, published, base, id, target, onClose, onPublished }: Props) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { maps } = useMaps()
  const known = maps.find((map) => map.id === target)?.version ?? 0
  const after = target === id ? base : known
  const { key, refused } = useRequestKey()
  const lines = useMemo(() => (id === '' ? [] : folded(compare(published, source))), [id, published, source])
  const publish = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/route-maps', { body: { source, after }, params: { header: { 'Idempotency-Key': key } } })),
    onSuccess: async (version) => {
      tell.done(version.version === after ? t('publish.same', { version: version.version }) : t('publish.done', { version: version.version }))
      onPublished()
      await queries.invalidateQueries({ queryKey: keys.routeMaps })
      void navigate(`/maps/${version.map}`)
    },
    onError: (error) => {
      refused(error)
      return queries.invalidateQueries({ queryKey: keys.routeMaps })
    },
  })
  const stale = publish.isError && asApiError(publish.error).code === 'stale'
  return (
    <Modal opened onClose={onClose} size="xl" title={after === 0 ? t('publish.titleNew') : t('publish.title', { version: after + 1 })} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack gap="sm">
        {publish.isError && (stale ? <Alert color="orange" role="alert">{t('publish.stale')}</Alert> : <Failure error={publish.error} />)}
        <Text size="sm">{after === 0 ? t('publish.textNew', { id: target }) : t('publish.text')}</Text>
        {lines.length > 0 && (
          <>
            <Text size="sm" fw={600}>
              {t('publish.changes', { added: lines.filter((one) => one.kind === 'added').length, removed: lines.filter((one) => one.kind === 'removed').length })}
            </Text>
            {/* A long comparison is scrolled by keyboard too. */}
            <div className={classes.diff} tabIndex={0} role="region" aria-label={t('publish.comparison')}>
              {lines.map((line, i) => (
                <span key={i} className={classes.diffLine} data-kind={line.kind}>
                  {line.kind === 'gap' ? t('publish.gap', { count: line.count }) : `${signs[line.kind]} ${line.text}`}
                </span>
              ))}
            </div>
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button loading={publish.isPending} disabled={stale} onClick={() => publish.mutate()} data-autofocus>
            {t('publish.button')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

const signs = { same: ' ', added: '+', removed: '−' }

type Folded = Compared | { kind: 'gap'; count: number }

/** folded leaves three lines around each change and says how many others there are. */
function folded(lines: Compared[]): Folded[] {
  const near = (i: number) => lines.slice(Math.max(0, i - 3), i + 4).some((line) => line.kind !== 'same')
  const out: Folded[] = []
  lines.forEach((line, i) => {
    const last = out.at(-1)
    if (near(i)) out.push(line)
    else if (last?.kind === 'gap') last.count += 1
    else out.push({ kind: 'gap', count: 1 })
  })
  return out
}
