/**
 * keys are the roots under which answers are kept. A page adds what narrows them: `[...keys.tasks, filter]`; whatever changes a kind of
 * record has everything under its root read again.
 */
export const keys = {
  me: ['me'],
  about: ['about'],
  users: ['users'],
  departments: ['departments'],
  offices: ['offices'],
  roles: ['roles'],
  absences: ['absences'],
  calendars: ['calendars'],
  audit: ['audit'],
  incidents: ['incidents'],
  settings: ['settings'],
  mailboxes: ['mailboxes'],
  webhooks: ['webhooks'],
  tasks: ['tasks'],
  notices: ['notices'],
  filters: ['filters'],
  interactions: ['interactions'],
  agenda: ['agenda'],
  sales: ['sales'],
  boards: ['boards'],
  cases: ['cases'],
  /** All that is known of single cases; of one of them below its id or number: `[...keys.caseOf(ref), 'feed']`. */
  case: ['case'],
  caseOf: (ref: string) => ['case', ref] as const,
  clients: ['clients'],
  client: (id: string) => ['client', id] as const,
  contacts: ['contacts'],
  contact: (id: string) => ['contact', id] as const,
  routeMaps: ['route-maps'],
  mapTestRuns: ['map test runs'],
  templates: ['templates'],
  reports: ['reports'],
  reference: (list: string) => ['reference', list] as const,
} as const
