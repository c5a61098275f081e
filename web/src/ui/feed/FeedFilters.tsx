import { Button, Chip, Group, Select, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { useBlocks } from '@/app/session'
import { DayField } from '@/ui/dates'
import { interactionKinds } from '@/ui/interactions/draft'
import { UserPicker } from '@/ui/pickers'

import { feedGroups, wholeFeed, type FeedFilter } from './filter'

/** FeedFilters narrow the past of a feed: what it is about, who did it and when; what is planned stays in sight (R6). */
export function FeedFilters({ filter, onFilter }: { filter: FeedFilter; onFilter: (filter: FeedFilter) => void }) {
  const { t } = useTranslation(['case', 'common'])
  const { interactions } = useBlocks()
  return (
    <Stack gap={8}>
      <Chip.Group multiple value={filter.groups} onChange={(value) => onFilter({ ...filter, groups: value })}>
        <Group gap={6} role="group" aria-label={t('feed.filter')}>
          {feedGroups.filter((group) => group !== 'interactions' || interactions).map((group) => (
            <Chip key={group} size="sm" value={group}>
              {t(`feed.groups.${group}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Group gap="xs" align="flex-end">
        {interactions && (
          <Select
            size="xs"
            label={t('feed.kind')}
            placeholder={t('feed.any')}
            clearable
            clearButtonProps={{ 'aria-label': t('common:clear') }}
            data={interactionKinds.map((kind) => ({ value: kind, label: t(`common:interactionKinds.${kind}`) }))}
            value={filter.kind}
            onChange={(kind) => onFilter({ ...filter, kind })}
          />
        )}
        <UserPicker label={t('feed.actor')} value={filter.actor} onChange={(actor) => onFilter({ ...filter, actor })} />
        <DayField size="xs" label={t('feed.from')} value={filter.from || null} onChange={(from) => onFilter({ ...filter, from: from ?? '' })} />
        <DayField size="xs" label={t('feed.to')} value={filter.to || null} onChange={(to) => onFilter({ ...filter, to: to ?? '' })} />
        <Button size="xs" variant="subtle" onClick={() => onFilter(wholeFeed)}>
          {t('feed.all')}
        </Button>
      </Group>
    </Stack>
  )
}
