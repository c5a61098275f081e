import { type ComponentType, type LazyExoticComponent } from 'react'

import { useMe, type Right } from '@/app/session'
import { lazy } from '@/ui/lazy'

/** A section of the settings: what it is called (`sections.<name>`), which right it takes, and its page. */
export interface Section {
  name: 'users' | 'roles' | 'company' | 'absences' | 'calendars' | 'attributes' | 'lists' | 'blocks' | 'incidents' | 'unattended' | 'tokens' | 'mailboxes' | 'webhooks'
  group: 'people' | 'work' | 'records' | 'watch'
  rights: Right[]
  page: LazyExoticComponent<ComponentType>
}

/** All sections, in their order. One is for whoever has any of its rights; what one does not see may be changed by nobody of one's rights. */
export const sections: Section[] = [
  { name: 'users', group: 'people', rights: ['administer', 'lead'], page: lazy(() => import('./users')) },
  { name: 'roles', group: 'people', rights: ['administer'], page: lazy(() => import('./Roles')) },
  { name: 'company', group: 'people', rights: ['administer'], page: lazy(() => import('./Company')) },
  { name: 'absences', group: 'people', rights: ['work'], page: lazy(() => import('./Absences')) },
  { name: 'tokens', group: 'people', rights: ['work', 'report', 'audit'], page: lazy(() => import('./OwnTokens')) },
  { name: 'calendars', group: 'work', rights: ['lead'], page: lazy(() => import('./calendars')) },
  { name: 'blocks', group: 'work', rights: ['settings'], page: lazy(() => import('./Blocks')) },
  { name: 'mailboxes', group: 'work', rights: ['administer'], page: lazy(() => import('./mailboxes')) },
  { name: 'webhooks', group: 'work', rights: ['administer'], page: lazy(() => import('./webhooks')) },
  { name: 'attributes', group: 'records', rights: ['lead'], page: lazy(() => import('./Attributes')) },
  { name: 'lists', group: 'records', rights: ['design'], page: lazy(() => import('./Lists')) },
  { name: 'incidents', group: 'watch', rights: ['design'], page: lazy(() => import('./Incidents')) },
  { name: 'unattended', group: 'watch', rights: ['lead'], page: lazy(() => import('./Unattended')) },
]

/** useSections are the sections that one's rights open. */
export function useSections(): Section[] {
  const rights = useMe()?.rights ?? []
  return sections.filter((section) => section.rights.some((right) => rights.includes(right)))
}
