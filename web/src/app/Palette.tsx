import '@mantine/spotlight/styles.css'

import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { createSpotlight, Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBolt, IconBriefcase, IconCalendarPlus, IconChecklist, IconKeyboard, IconLanguage, IconLogout, IconMoon, IconPhonePlus, IconPlus, IconRefresh, IconSearch, IconSettings, IconSun, IconUser, IconUsers, type Icon } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { useOffered } from '@/ui/commands'
import { InteractionDialog } from '@/ui/interactions/InteractionDialog'
import { lazy } from '@/ui/lazy'
import { useShortcutSheet } from '@/ui/shortcuts'
import { tell } from '@/ui/tell'
import { opened as openedWindow, place } from '@/ui/windows'

import { usePlaces } from './places'
import { useBlocks, useRight, useSignOut } from './session'
import { useChangeLang } from './useChangeLang'

const [store, palette] = createSpotlight()

const NewTask = lazy(() => import('@/ui/tasks/NewTask'))

type Found = Schema<'Found'>
type Asked = 'task' | 'plan' | 'record'

// The name of the window is for those who do not see it.
const hidden = { position: 'absolute', width: 1, height: 1, minHeight: 0, padding: 0, overflow: 'hidden', clipPath: 'inset(50%)' } as const

const icons = { client: IconUsers, contact: IconUser, case: IconBriefcase }

/** placeOf is where something found is; a case is at its number, with which its title begins. */
function placeOf({ kind, id, title }: Found): string {
  return { client: `/clients/${id}`, contact: `/contacts/${id}`, case: `/cases/${/^\S+-\d+(?= |$)/.exec(title)?.[0] ?? id}` }[kind]
}

const action = (id: string, label: string, Shown: Icon, onClick: () => void, more: Partial<SpotlightActionData> = {}): SpotlightActionData => ({ id, label, leftSection: <Shown size={18} aria-hidden />, onClick, ...more })

/** Palette finds everything, goes everywhere and does what one can do: Ctrl+K, on any keyboard layout. */
export default function Palette({ asked: times }: { asked: number }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [opened, open] = useState<Asked>()
  useEffect(() => palette.open(), [times])
  const [shows, show] = useState(false)
  useEffect(() => (shows ? openedWindow({ at: place(), loses: () => false, holds: true, close: palette.close }) : undefined), [shows])
  const [query, setQuery] = useState('')
  const words = query.trim()
  const [asked] = useDebouncedValue(words, 150)
  const search = useQuery({
    queryKey: ['search', asked],
    queryFn: () => answer(api.GET('/api/v1/search', { params: { query: { q: asked } } })),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
  })
  const searches = words.length >= 2
  const failed = searches && asked === words && !search.isFetching && (search.isError || search.isPaused)
  const waiting = searches && !failed && (asked !== words || search.isFetching || search.isPlaceholderData)
  const go = (to: string) => () => void navigate(to)
  const matches = ({ label }: SpotlightActionData) => label?.toLowerCase().includes(words.toLowerCase()) === true
  const places = usePlaces().map((place) => action(place.name, t(`nav.${place.name}`), place.icon, go(place.to)))
  // What was found for other words is not offered for these.
  const found = (searches && !waiting && !failed ? (search.data?.items ?? []) : []).map((item) =>
    action(`${item.kind} ${item.id}`, item.title, icons[item.kind], go(placeOf(item)), { description: [t(`palette.kinds.${item.kind}`), item.client_name].filter(Boolean).join(' · ') }),
  )
  const again = failed ? [action('again', t('pick.failed'), IconRefresh, () => void search.refetch(), { closeSpotlightOnTrigger: false })] : []
  const here = useOffered().map((command) => action(command.id, command.label, IconBolt, command.run))
  const todo: SpotlightActionGroupData[] = [
    { group: t('palette.here'), actions: here.filter(matches) },
    { group: t('palette.do'), actions: useActions(open, go).filter(matches) },
    { group: t('palette.go'), actions: places.filter(matches) },
  ]
  // What begins with these very words is meant before what a search finds like them.
  const meant = todo.some((group) => group.actions.some(({ label }) => label?.toLowerCase().startsWith(words.toLowerCase())))
  const hits = { group: t('palette.found'), actions: [...again, ...found] }
  const groups = (meant ? [...todo, hits] : [hits, ...todo]).filter((group) => group.actions.length > 0)
  useFirst(words, waiting, groups)
  return (
    <>
      <Spotlight
        store={store}
        title={t('palette.open')}
        styles={{ header: hidden, actionDescription: { opacity: 1, color: 'inherit' } }}
        actions={groups}
        query={query}
        onQueryChange={setQuery}
        filter={(_, all) => all}
        shortcut={null}
        closeOnEscape={false}
        onSpotlightOpen={() => show(true)}
        onSpotlightClose={() => show(false)}
        scrollable
        maxHeight="70dvh"
        highlightQuery
        nothingFound={waiting ? t('loading') : t('palette.nothing')}
        searchProps={{ placeholder: t('palette.placeholder'), 'aria-label': t('palette.open'), leftSection: <IconSearch size={18} aria-hidden /> }}
      />
      <InteractionDialog asked={opened === 'plan' || opened === 'record' ? { to: opened } : undefined} onClose={() => open(undefined)} />
      {opened === 'task' && (
        <Suspense fallback={null}>
          <NewTask onClose={() => open(undefined)} />
        </Suspense>
      )}
    </>
  )
}

/** useFirst has the first of what is shown be the one that Enter opens, each time that something else is shown. */
function useFirst(words: string, waiting: boolean, groups: SpotlightActionGroupData[]): void {
  const first = groups[0]?.actions[0]?.id
  useEffect(() => {
    const list = document.getElementById(store.getState().listId)
    if (words === '' || list === null) return
    list.querySelectorAll('[data-selected]').forEach((one) => one.removeAttribute('data-selected'))
    list.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
    store.updateState((state) => ({ ...state, selected: 0 }))
  }, [words, waiting, first])
}

/** useActions is what one can do wherever one is. */
function useActions(open: (asked: Asked) => void, go: (to: string) => () => void): SpotlightActionData[] {
  const { t, i18n } = useTranslation()
  const works = useRight('work')
  const { interactions } = useBlocks()
  const sheet = useShortcutSheet()
  const signOut = useSignOut()
  const changeLang = useChangeLang()
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark'
  const other = i18n.language === 'ru' ? 'en' : 'ru'
  return [
    ...(works ? [action('accept', t('nav.accept'), IconPlus, go('/accept')), action('task', t('palette.task'), IconChecklist, () => open('task'))] : []),
    ...(works && interactions ? [action('plan', t('palette.plan'), IconCalendarPlus, () => open('plan')), action('record', t('palette.record'), IconPhonePlus, () => open('record'))] : []),
    action('theme', dark ? t('own.light') : t('own.dark'), dark ? IconSun : IconMoon, () => setColorScheme(dark ? 'light' : 'dark')),
    action('language', other === 'en' ? 'English' : 'Русский', IconLanguage, () => void changeLang(other), { description: t('language') }),
    action('shortcuts', t('own.shortcuts'), IconKeyboard, sheet.open),
    action('profile', t('own.profile'), IconSettings, go('/profile')),
    action('signOut', t('own.signOut'), IconLogout, () => void signOut().catch(tell.problem)),
  ]
}
