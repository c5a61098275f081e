import { IconAddressBook, IconBriefcase, IconCalendarEvent, IconChartBar, IconFolders, IconInbox, IconListCheck, IconMailCog, IconPhone, IconRoute, IconSettings, IconShieldSearch, IconUsers, type Icon } from '@tabler/icons-react'

import { useBlocks, useMe } from './session'

/** A place of the workplace: where it is, what it is called (`nav.<name>`) and whom it is for. */
export interface Place {
  name: 'inbox' | 'allTasks' | 'sales' | 'agenda' | 'cases' | 'clients' | 'contacts' | 'interactions' | 'reports' | 'maps' | 'templates' | 'settings' | 'audit'
  to: string
  icon: Icon
  section: 'mine' | 'records' | 'company'
}

const all: Place[] = [
  { name: 'inbox', to: '/inbox', icon: IconInbox, section: 'mine' },
  { name: 'allTasks', to: '/tasks', icon: IconListCheck, section: 'mine' },
  { name: 'sales', to: '/sales', icon: IconBriefcase, section: 'mine' },
  { name: 'agenda', to: '/agenda', icon: IconCalendarEvent, section: 'mine' },
  { name: 'clients', to: '/clients', icon: IconUsers, section: 'records' },
  { name: 'contacts', to: '/contacts', icon: IconAddressBook, section: 'records' },
  { name: 'cases', to: '/cases', icon: IconFolders, section: 'records' },
  { name: 'interactions', to: '/interactions', icon: IconPhone, section: 'records' },
  { name: 'reports', to: '/reports', icon: IconChartBar, section: 'company' },
  { name: 'templates', to: '/templates', icon: IconMailCog, section: 'company' },
  { name: 'maps', to: '/maps', icon: IconRoute, section: 'company' },
  { name: 'settings', to: '/settings', icon: IconSettings, section: 'company' },
  { name: 'audit', to: '/audit', icon: IconShieldSearch, section: 'company' },
]

/** usePlaces are the places that one's roles and the company's blocks (R22) leave. */
export function usePlaces(): Place[] {
  const blocks = useBlocks()
  const rights = useMe()?.rights ?? []
  return all.filter((place) => {
    if (place.name === 'interactions') return blocks.interactions
    if (place.name === 'templates') return rights.includes('design')
    if (place.name === 'settings') return ['work', 'lead', 'design', 'administer', 'settings', 'report', 'audit'].some((right) => rights.includes(right))
    if (place.name === 'audit') return rights.includes('audit')
    return true
  })
}
