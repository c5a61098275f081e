import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
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
import { CancelButton, Window } from '@/ui/Window'

import { compare } from './diff'
import { Difference } from './Difference'
import { leave, testsPlace } from './draft'
import { TestsFirst, useVerdict } from './TestsFirst'
import { putTests, type DeskTests } from './useTests'

interface Props {
  source: string
  /** The newest version's text; of a new map what one began with. */
  published: string
  base: number
  /** Of the map that was opened, and of the one that the text is of. */
  id: string
  target: string
  /** Who publishes, and the tests as he has them. */
  user: string
  tests: DeskTests
  onClose: () => void
  onPublished: () => void
}

/** Publish shows what a new version changes and publishes it, unless a colleague has been quicker (R15, R53). */
export function Publish({ source, published, base, id, target: first, user, tests, onClose, onPublished }: Props) {
  const { t } = useTranslation('maps')
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { maps, isPending: listing } = useMaps()
  // Once it is published a new map begins anew on the desk: the window is of what it was opened for.
  const [target] = useState(first)
  // Which version one publishes after is the one that was there when one looked, whatever colleagues publish meanwhile.
  const newest = maps.find((map) => map.id === target)?.version ?? 0
  const [seen, setSeen] = useState<number>()
  if (seen === undefined && !listing) setSeen(newest)
  const known = seen ?? newest
  const after = target === id ? base : known
  const { key, refused } = useRequestKey()
  const lines = useMemo(() => (id === '' ? [] : compare(published, source)), [id, published, source])
  // The tests of a new map have waited for it. What the server does not take, and what would write over another map's, waits on at that map.
  const bring = async (map: string) => {
    if (id !== '' || tests.draft === undefined) return
    const { source: text } = tests.draft
    const refusal: unknown = known > 0 ? undefined : await putTests(map, text, 0).then(() => null, (error: unknown) => error)
    const there = refusal === null || leave(testsPlace(user, map), text, 0)
    const where = t(there ? 'publish.tests.leftText' : 'publish.tests.stayText')
    if (refusal === undefined) tell.waits(t('publish.tests.left'), where)
    else if (refusal !== null) tell.refused(t('publish.tests.left'), refusal, where)
    if (there) tests.drop()
  }
  const publish = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/route-maps', { body: { source, after }, params: { header: { 'Idempotency-Key': key } } })),
    onSuccess: async (version) => {
      tell.done(version.version === after ? t('publish.same', { version: version.version }) : t('publish.done', { version: version.version }))
      await bring(version.map)
      onPublished()
      await queries.invalidateQueries({ queryKey: keys.routeMaps })
      void navigate(`/maps/${version.map}`)
    },
    onError: (error) => {
      refused(error)
      return queries.invalidateQueries({ queryKey: keys.routeMaps })
    },
  })
  const verdict = useVerdict(source, target, target === id || known > 0, id === '' ? (tests.draft?.source ?? '') : '', publish.isPending || publish.isSuccess)
  const judging = verdict.isPending || (listing && target !== id)
  const stale = publish.isError && asApiError(publish.error).code === 'stale'
  return (
    <Window opened onClose={onClose} size="xl" title={after === 0 ? t('publish.titleNew') : t('publish.title', { version: after + 1 })}>
      <Stack gap="sm">
        {publish.isError && (stale ? <Alert color="orange" role="alert">{t('publish.stale')}</Alert> : <Failure error={publish.error} />)}
        <Text size="sm">{after === 0 ? t('publish.textNew', { id: target }) : t('publish.text')}</Text>
        <TestsFirst verdict={verdict} unsaved={id !== '' && tests.changed && target === id} />
        {lines.length > 0 && (
          <>
            <Text size="sm" fw={600}>
              {t('publish.changes', { added: lines.filter((one) => one.kind === 'added').length, removed: lines.filter((one) => one.kind === 'removed').length })}
            </Text>
            <Difference before={published} after={source} label={t('publish.comparison')} />
          </>
        )}
        <Group justify="flex-end">
          <CancelButton onClick={onClose} />
          {/* Nobody publishes before he can have seen what the tests say. The button waits with the focus, which nothing that is disabled can have. */}
          <Button loading={publish.isPending} disabled={stale} data-disabled={judging || undefined} aria-disabled={judging || undefined} onClick={() => !judging && publish.mutate()} data-autofocus>
            {t(verdict.doubtful ? 'publish.anyway' : 'publish.button')}
          </Button>
        </Group>
      </Stack>
    </Window>
  )
}
