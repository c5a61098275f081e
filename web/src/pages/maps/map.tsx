import { Alert, Anchor, Badge, Button, Group, SegmentedControl, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconEdit, IconPlayerPlay } from '@tabler/icons-react'
import { Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'

import type { RouteMap } from '@/api/maps'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMapCases, useRouteMap, useVersion, useVersions } from '@/api/routeMaps'
import { MissingPage } from '@/app/BrokenPage'
import { useRight } from '@/app/session'
import { Waiting } from '@/app/Waiting'
import { useFormat } from '@/i18n/useFormat'
import { KindBadge } from '@/ui/bits'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { Page } from '@/ui/Page'
import type { Mark } from '@/ui/diagram/marks'
import { StageList } from '@/ui/diagram/StageList'
import { lazy } from '@/ui/lazy'

import { AudienceDialog, useAudience } from './Audience'
import classes from './maps.module.css'
import { StateBadge } from './StateBadge'

const MapDiagram = lazy(() => import('@/ui/diagram/MapDiagram'))
const CodeEditor = lazy(() => import('@/ui/code/CodeEditor'))

/** MapPage is one route map: its diagram, its versions with their texts, and how many cases stand where (R53). */
export default function MapPage() {
  const { id = '' } = useParams()
  const map = useRouteMap(id)
  const { t } = useTranslation()
  if (map.isError && map.data === undefined) return asApiError(map.error).status === 404 ? <MissingPage /> : <Failure error={map.error} onRetry={() => void map.refetch()} />
  if (map.isPending) return <Skeleton height={480} radius="md" role="status" aria-label={t('loading')} />
  return <Shown key={id} map={map.data.data} etag={map.data.etag} />
}

function Shown({ map, etag }: { map: RouteMap; etag: string }) {
  const { t } = useTranslation('maps')
  const designs = useRight('design')
  const audience = useAudience()
  const [params, setParams] = useSearchParams()
  const version = Number(params.get('version') ?? map.version) || map.version
  const view = params.get('view') === 'text' ? 'text' : 'diagram'
  const [changing, setChanging] = useState(false)
  const set = (name: string, value: string | undefined) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        if (value === undefined) after.delete(name)
        else after.set(name, value)
        return after
      },
      { replace: true },
    )
  return (
    <Page
      title={map.name}
      actions={
        designs && (
          <>
            <Button component={Link} to={`/maps/${map.id}/edit?tab=run`} variant="default" leftSection={<IconPlayerPlay size={16} aria-hidden />}>
              {t('dryRun')}
            </Button>
            <Button component={Link} to={`/maps/${map.id}/edit`} leftSection={<IconEdit size={16} aria-hidden />}>
              {t('edit')}
            </Button>
          </>
        )
      }
    >
      <Stack gap="md">
        <Group gap={6}>
          <KindBadge kind={map.process} />
          <StateBadge state={map.state} />
          <Badge color="gray">{map.id}</Badge>
          {map.group !== undefined && <Text size="sm">{map.group}</Text>}
          {map.control === 'manual' && <Text size="sm">{t('manualText')}</Text>}
        </Group>
        {map.comment !== undefined && <Text className="as-typed">{map.comment}</Text>}
        <Group justify="space-between" gap="xs">
          <SegmentedControl aria-label={t('view')} value={view} onChange={(value) => set('view', value === 'text' ? 'text' : undefined)} data={[{ value: 'diagram', label: t('views.diagram') }, { value: 'text', label: t('views.text') }]} />
          {version !== map.version && (
            <Group gap="xs">
              <Text size="sm">{t('oldVersion', { version, newest: map.version })}</Text>
              <Button size="compact-sm" variant="default" onClick={() => set('version', undefined)}>
                {t('toNewest')}
              </Button>
            </Group>
          )}
        </Group>
        <OneVersion id={map.id} name={map.name} version={version} view={view} />
        <div className={classes.halves}>
          <Versions map={map} shown={version} onShow={(number) => set('version', number === map.version ? undefined : String(number))} />
          <Block
            title={t('audience.title')}
            actions={
              designs && (
                <Button size="compact-sm" variant="default" onClick={() => setChanging(true)}>
                  {t('audience.change')}
                </Button>
              )
            }
          >
            <Text size="sm">{audience(map.available_to)}</Text>
            <Text size="sm" c="dimmed">
              {t(`stateText.${map.state}`)}
            </Text>
          </Block>
        </div>
      </Stack>
      {changing && <AudienceDialog map={{ data: map, etag }} onClose={() => setChanging(false)} />}
    </Page>
  )
}

/** OneVersion is a version's diagram with the cases that go by it, or its text. */
function OneVersion({ id, name, version, view }: { id: string; name: string; version: number; view: 'diagram' | 'text' }) {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const read = useVersion(id, version)
  const cases = useMapCases(id)
  const [selected, setSelected] = useState<string>()
  const marks = useMemo(() => new Map<string, Mark>((cases.data?.items ?? []).filter((one) => one.version === version).map((one) => [one.stage, { badge: `${one.cases}${cases.data?.more === true ? '+' : ''}` }])), [cases.data, version])
  if (read.isError && read.data === undefined) return <Failure error={read.error} onRetry={() => void read.refetch()} />
  if (read.isPending) return <Skeleton height={480} radius="md" role="status" aria-label={common('loading')} />
  if (view === 'text') {
    return (
      <Suspense fallback={<Waiting />}>
        <CodeEditor label={t('textOf', { name, version })} value={read.data.source ?? ''} />
      </Suspense>
    )
  }
  const diagram = read.data.diagram
  if (diagram === undefined) return null
  return (
    <div className={classes.sides}>
      <Suspense fallback={<Skeleton height={560} radius="md" />}>
        <MapDiagram diagram={diagram} marks={marks} selected={selected} onSelect={setSelected} />
      </Suspense>
      <section className={`panel ${classes.beside}`} aria-label={t('diagram.stages')}>
        <StageList diagram={diagram} marks={marks} selected={selected} onSelect={setSelected} />
        {marks.size > 0 && (
          <Text size="xs" c="dimmed" p={8}>
            {t('casesHint')}
          </Text>
        )}
      </section>
    </div>
  )
}

function Versions({ map, shown, onShow }: { map: RouteMap; shown: number; onShow: (version: number) => void }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const userName = useUserName()
  const versions = useVersions(map.id)
  const cases = useMapCases(map.id)
  const running = (version: number) => (cases.data?.items ?? []).filter((one) => one.version === version).reduce((sum, one) => sum + one.cases, 0)
  const all = (cases.data?.items ?? []).reduce((sum, one) => sum + one.cases, 0)
  return (
    <Block title={t('versions.title')}>
      {versions.isError && <Failure error={versions.error} onRetry={() => void versions.refetch()} />}
      {cases.data?.more === true && <Alert mb="xs">{t('versions.more')}</Alert>}
      <Table aria-label={t('versions.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('version')}</Table.Th>
            <Table.Th>{t('versions.published')}</Table.Th>
            <Table.Th ta="right">{t('versions.cases')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(versions.data ?? []).map((version) => (
            <Table.Tr key={version.version} bg={version.version === shown ? 'var(--quiet)' : undefined}>
              <Table.Td>
                <Anchor component="button" size="sm" aria-current={version.version === shown || undefined} onClick={() => onShow(version.version)}>
                  {t('versionOf', { version: version.version })}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{format.moment(version.published_at)}</Text>
                <Text size="xs" c="dimmed">
                  {version.published_by === undefined ? t('versions.shipped') : userName(version.published_by)}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                {running(version.version) === 0 ? (
                  0
                ) : (
                  <Anchor component={Link} to={`/cases?map=${map.id}&version=${version.version}&status=open`} size="sm" aria-label={t('versions.casesOf', { version: version.version, count: running(version.version) })}>
                    {running(version.version)}
                  </Anchor>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {all > 0 && (
        <Anchor component={Link} to={`/cases?map=${map.id}&status=open`} size="sm" mt="xs" display="inline-block">
          {t('versions.toCases')}
        </Anchor>
      )}
    </Block>
  )
}
