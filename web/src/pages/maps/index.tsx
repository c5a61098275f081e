import { Anchor, Badge, Button, Group, SegmentedControl, Select, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'

import { useMaps, type RouteMap } from '@/api/maps'
import { useKinds, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { KindBadge } from '@/ui/bits'
import { Empty } from '@/ui/Empty'
import { Failure } from '@/ui/Failure'
import { Nothing } from '@/ui/ListTable'
import { Page } from '@/ui/Page'

import { useAudience } from './Audience'
import classes from './maps.module.css'
import { StateBadge } from './StateBadge'

const states = ['active', 'draft', 'archived'] as const

/** Maps is the library of route maps, by group (R38): what leads the company's cases, who may choose it, and whether it is in use. */
export default function Maps() {
  const { t } = useTranslation('maps')
  const { t: common } = useTranslation()
  const designs = useRight('design')
  const kinds = useKinds()
  const { maps, isPending, error } = useMaps()
  const [params, setParams] = useSearchParams()
  const q = params.get('q') ?? ''
  const state = states.find((one) => one === params.get('state')) ?? 'all'
  const kind = kinds.find((one) => one === params.get('kind'))
  const set = (name: string, value: string | null) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        if (value === null || value === '' || value === 'all') after.delete(name)
        else after.set(name, value)
        return after
      },
      { replace: true },
    )
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const found = maps.filter((map) => (state === 'all' || map.state === state) && (kind === undefined || map.process === kind) && words.every((word) => `${map.name} ${map.id} ${map.group ?? ''} ${map.comment ?? ''}`.toLowerCase().includes(word)))
  const count = (of: string) => (of === 'all' ? maps.length : maps.filter((map) => map.state === of).length)
  return (
    <Page
      title={t('title')}
      actions={
        designs && (
          <Button component={Link} to="/maps/new" leftSection={<IconPlus size={16} aria-hidden />}>
            {t('new')}
          </Button>
        )
      }
    >
      <Group gap="xs" mb="md" align="flex-end" role="search" aria-label={t('filters')}>
        <TextInput style={{ flex: '1 1 220px' }} label={common('search')} placeholder={t('searchFor')} leftSection={<IconSearch size={16} aria-hidden />} value={q} onChange={(e) => set('q', e.currentTarget.value)} />
        <Select label={t('kind')} placeholder={common('any')} clearable clearButtonProps={{ 'aria-label': common('clear') }} w={170} data={kinds.map((one) => ({ value: one, label: common(`kinds.${one}`) }))} value={kind ?? null} onChange={(value) => set('kind', value)} />
        <SegmentedControl aria-label={t('state')} value={state} onChange={(value) => set('state', value)} data={(['all', ...states] as const).map((one) => ({ value: one, label: `${t(`states.${one}`)} · ${count(one)}` }))} />
      </Group>
      {error !== null ? (
        <Failure error={error} />
      ) : isPending ? (
        <Stack gap={8} role="status" aria-label={common('loading')}>
          {Array.from({ length: 5 }, (_, i) => (
            <Skeleton key={i} height={72} radius="md" />
          ))}
        </Stack>
      ) : maps.length === 0 ? (
        <div className="panel">
          <Empty title={t('empty')} text={t('emptyText')} />
        </div>
      ) : found.length === 0 ? (
        <div className="panel">
          <Nothing />
        </div>
      ) : (
        <Stack gap="lg">
          {groupsOf(found).map(([group, members]) => (
            <MapGroup key={group} name={group === '' ? t('noGroup') : group} maps={members} />
          ))}
        </Stack>
      )}
    </Page>
  )
}

/** groupsOf puts maps into their groups, in the order of the alphabet; those of no group are last. */
function groupsOf(maps: RouteMap[]): [string, RouteMap[]][] {
  const groups = new Map<string, RouteMap[]>()
  for (const map of maps) groups.set(map.group ?? '', [...(groups.get(map.group ?? '') ?? []), map])
  return [...groups].sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a.localeCompare(b)))
}

function MapGroup({ name, maps }: { name: string; maps: RouteMap[] }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h6" c="dimmed" mb={6} id={id}>
        {name}
      </Title>
      <ul className={classes.list}>
        {maps.map((map) => (
          <MapRow key={map.id} map={map} />
        ))}
      </ul>
    </section>
  )
}

function MapRow({ map }: { map: RouteMap }) {
  const { t } = useTranslation('maps')
  const format = useFormat()
  const audience = useAudience()
  return (
    <li className={`panel ${classes.row}`}>
      <div className={classes.rowMain}>
        <Group gap={6}>
          <Anchor component={Link} to={`/maps/${map.id}`} fw={600} c="inherit" style={{ overflowWrap: 'anywhere' }}>
            {map.name}
          </Anchor>
          <KindBadge kind={map.process} />
          <StateBadge state={map.state} />
          <Badge color={map.origin === 'shipped' ? 'gray' : 'blue'} variant="light">
            {t(`origins.${map.origin}`)}
          </Badge>
          {map.control === 'manual' && <Badge color="gray">{t('manual')}</Badge>}
          {map.independent && <Badge color="gray">{t('independent')}</Badge>}
        </Group>
        {map.comment !== undefined && (
          <Text size="sm" c="dimmed" lineClamp={2}>
            {map.comment}
          </Text>
        )}
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>{t('version')}</dt>
          <dd>
            {t('versionOf', { version: map.version })}, {format.ago(map.updated_at)}
          </dd>
        </div>
        <div>
          <dt>{t('stages')}</dt>
          <dd>{map.stages?.length ?? 0}</dd>
        </div>
        <div className={classes.audience}>
          <dt>{t('audience.title')}</dt>
          <dd>{audience(map.available_to)}</dd>
        </div>
      </dl>
    </li>
  )
}
