import '@mantine/spotlight/styles.css'

import { Spotlight, spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBriefcase, IconPlus, IconSearch, IconUser, IconUsers } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api, type Schema } from '@/api/client'

import { usePlaces } from './places'
import { useRight } from './session'

type Found = Schema<'Found'>

const icons = { client: IconUsers, contact: IconUser, case: IconBriefcase }

/** placeOf is where something found is. */
function placeOf(found: Found): string {
  return { client: `/clients/${found.id}`, contact: `/contacts/${found.id}`, case: `/cases/${found.id}` }[found.kind]
}

/** Palette finds everything and goes everywhere: Ctrl+K, on any keyboard layout. */
export default function Palette({ asked: times }: { asked: number }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const places = usePlaces()
  const works = useRight('work')
  useEffect(() => spotlight.open(), [times])
  const [query, setQuery] = useState('')
  const [asked] = useDebouncedValue(query.trim(), 150)
  const search = useQuery({
    queryKey: ['search', asked],
    queryFn: () => answer(api.GET('/api/v1/search', { params: { query: { q: asked } } })),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  })
  const matches = (label: string) => query.trim() === '' || label.toLowerCase().includes(query.trim().toLowerCase())
  const go = (to: string) => () => void navigate(to)
  const toPlaces: SpotlightActionData[] = [
    ...(works ? [{ id: 'accept', label: t('nav.accept'), leftSection: <IconPlus size={18} aria-hidden />, onClick: go('/accept') }] : []),
    ...places.map((place) => ({ id: place.name, label: t(`nav.${place.name}`), leftSection: <place.icon size={18} aria-hidden />, onClick: go(place.to) })),
  ].filter((action) => matches(action.label))
  const found: SpotlightActionData[] = (asked.length >= 2 ? (search.data?.items ?? []) : []).map((item) => {
    const Icon = icons[item.kind]
    return { id: `${item.kind} ${item.id}`, label: item.title, description: [t(`palette.kinds.${item.kind}`), item.client_name].filter(Boolean).join(' · '), leftSection: <Icon size={18} aria-hidden />, onClick: go(placeOf(item)) }
  })
  const actions: SpotlightActionGroupData[] = [
    { group: t('palette.found'), actions: found },
    { group: t('palette.go'), actions: toPlaces },
  ].filter((group) => group.actions.length > 0)
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      filter={(_, all) => all}
      shortcut={null}
      scrollable
      maxHeight="70dvh"
      highlightQuery
      nothingFound={search.isFetching ? t('loading') : t('palette.nothing')}
      searchProps={{ placeholder: t('palette.placeholder'), 'aria-label': t('palette.open'), leftSection: <IconSearch size={18} aria-hidden /> }}
    />
  )
}
