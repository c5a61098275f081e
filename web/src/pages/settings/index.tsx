import { Select } from '@mantine/core'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, NavLink, useNavigate, useParams } from 'react-router'

import { MissingPage } from '@/app/BrokenPage'
import { Waiting } from '@/app/Waiting'
import { Page } from '@/ui/Page'

import { useSections, type Section } from './sections'
import classes from './settings.module.css'

const groups = ['people', 'work', 'records', 'watch'] as const

/** Settings is what the company has arranged: its people, its working time, its lists. One sees the sections that one's rights open. */
export default function Settings() {
  const { t } = useTranslation('settings')
  const { section: name } = useParams()
  const offered = useSections()
  const section = offered.find((one) => one.name === name)
  if (name === undefined && offered[0] !== undefined) return <Navigate to={`/settings/${offered[0].name}`} replace />
  if (section === undefined) return <MissingPage />
  return (
    <Page title={t(`sections.${section.name}`)}>
      <div className={classes.layout}>
        <Menu sections={offered} at={section} />
        <div style={{ minWidth: 0 }}>
          <Suspense fallback={<Waiting />}>
            <section.page />
          </Suspense>
        </div>
      </div>
    </Page>
  )
}

/** Menu leads to the sections; where the page is narrow it is a field to choose from. */
function Menu({ sections, at }: { sections: Section[]; at: Section }) {
  const { t } = useTranslation('settings')
  const navigate = useNavigate()
  if (sections.length < 2) return <div className={classes.menu} />
  const grouped = groups.map((group) => ({ group, here: sections.filter((section) => section.group === group) })).filter(({ here }) => here.length > 0)
  return (
    <>
      <nav className={classes.menu} aria-label={t('menu')}>
        {grouped.map(({ group, here }) => (
          <div key={group}>
            <div className={classes.menuHead}>{t(`groups.${group}`)}</div>
            {here.map((section) => (
              <NavLink key={section.name} to={`/settings/${section.name}`} className={classes.menuLink ?? ''}>
                {t(`sections.${section.name}`)}
              </NavLink>
            ))}
          </div>
        ))}
      </nav>
      <div className={classes.menuSelect}>
        <Select
          aria-label={t('menu')}
          allowDeselect={false}
          value={at.name}
          onChange={(next) => next !== null && void navigate(`/settings/${next}`)}
          data={grouped.map(({ group, here }) => ({ group: t(`groups.${group}`), items: here.map((section) => ({ value: section.name, label: t(`sections.${section.name}`) })) }))}
        />
      </div>
    </>
  )
}
