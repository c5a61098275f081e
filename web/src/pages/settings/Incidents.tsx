import { Anchor, Badge, Button, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { decided } from '@/api/commands'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useRight } from '@/app/session'
import { When } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { ListTable, type ListColumn } from '@/ui/ListTable'
import { tell } from '@/ui/tell'
import { sentence } from '@/ui/words'
import { useList } from '@/ui/useList'

type Incident = Schema<'Incident'>

/** Incidents is what failed and waits for a person, of all cases, with the way to try it again. */
export default function Incidents() {
  const { t } = useTranslation('settings')
  const leads = useRight('lead')
  const query = useList<Incident>(keys.incidents, (after) => answer(api.GET('/api/v1/incidents', { params: { query: { limit: 50, ...(after === undefined ? {} : { after }) } } })))
  const columns: ListColumn<Incident>[] = [
    {
      key: 'what', head: t('incidents.what'), width: 'minmax(0, 2fr)',
      cell: (incident) => (
        <>
          <Anchor component={Link} to={`/cases/${incident.case_id}`} size="sm" fw={500}>
            {sentence(incident.text)}
          </Anchor>{' '}
          {incident.blocking && <Badge color="red">{t('incidents.blocking')}</Badge>}
          <Text size="xs" c="dimmed" className="as-typed">
            {[incident.stage, incident.code, incident.detail].filter(Boolean).join(' · ')}
          </Text>
        </>
      ),
    },
    { key: 'since', head: t('incidents.since'), width: '150px', phone: false, cell: (incident) => <When at={incident.opened_at} size="sm" /> },
    ...(leads ? [{ key: 'retry', head: t('actions'), width: 'max-content', cell: (incident: Incident) => <Retry incident={incident} /> }] : []),
  ]
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={640}>
        {t('incidents.text')}
      </Text>
      <ListTable label={t('sections.incidents')} query={query} columns={columns} idOf={(incident) => incident.id} nameOf={(incident) => incident.code} to={(incident) => `/cases/${incident.case_id}`} empty={<Empty title={t('incidents.none')} text={t('incidents.noneText')} />} />
    </Stack>
  )
}

function Retry({ incident }: { incident: Incident }) {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const request = useRequestKey()
  const retry = useMutation({
    mutationFn: () => decided(api.POST('/api/v1/cases/{id}/retry', { params: { path: { id: incident.case_id }, header: { 'Idempotency-Key': request.key } }, body: { incident_id: incident.id } })),
    onSuccess: () => tell.done(t('incidents.retried')),
    onError: (error) => {
      request.refused(error)
      tell.problem(error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.incidents }),
  })
  return (
    <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate()} aria-label={t('incidents.retryOf', { code: incident.code })}>
      {t('incidents.retry')}
    </Button>
  )
}
