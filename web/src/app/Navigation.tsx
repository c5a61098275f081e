import { AppShell, ScrollArea } from '@mantine/core'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { NavLink } from 'react-router'

import { usePlaces, type Place } from './places'
import { useRight } from './session'
import classes from './Workplace.module.css'

const sections = ['mine', 'records', 'company'] as const

/** Navigation lists the places, by what they are about. */
export function Navigation() {
  const { t } = useTranslation()
  const places = usePlaces()
  return (
    <AppShell.Section grow component={ScrollArea} p="xs">
      {sections.map((section) => {
        const here = places.filter((place) => place.section === section)
        return here.length === 0 ? null : (
          <Fragment key={section}>
            <div className={classes.section}>{t(`nav.sections.${section}`)}</div>
            {here.map((place) => (
              <PlaceLink key={place.name} place={place} className={classes.link} size={18} />
            ))}
          </Fragment>
        )
      })}
    </AppShell.Section>
  )
}

function PlaceLink({ place, className, size }: { place: Place; className: string | undefined; size: number }) {
  const { t } = useTranslation()
  return (
    <NavLink to={place.to} className={className ?? ''}>
      <place.icon size={size} stroke={1.7} aria-hidden />
      {t(`nav.${place.name}`)}
    </NavLink>
  )
}

/** TabBar is the way around on a telephone: what one needs there most, and the rest behind “More”. */
export function TabBar({ onMore }: { onMore: () => void }) {
  const { t } = useTranslation()
  const places = usePlaces()
  const works = useRight('work')
  const tabs = places.filter((place) => ['inbox', 'sales', 'agenda'].includes(place.name))
  return (
    <nav className={classes.tabs} aria-label={t('nav.tabs')}>
      {tabs.map((place) => (
        <PlaceLink key={place.name} place={place} className={classes.tab} size={22} />
      ))}
      {works && (
        <NavLink to="/accept" className={classes.tab ?? ''}>
          <IconPlus size={22} stroke={1.7} aria-hidden />
          {t('nav.acceptShort')}
        </NavLink>
      )}
      <button type="button" className={classes.tab} onClick={onMore}>
        <IconDots size={22} stroke={1.7} aria-hidden />
        {t('nav.more')}
      </button>
    </nav>
  )
}
