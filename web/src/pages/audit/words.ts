import { useTranslation } from 'react-i18next'

/** The tables whose changes the audit has, and that have a name. */
export const tables = [
  'absences', 'acquisition_sources', 'attributes', 'calendars', 'case_events', 'case_participants', 'cases', 'client_owners', 'clients', 'comments',
  'contact_details', 'contacts', 'departments', 'erasures', 'exports', 'files', 'handovers', 'identities', 'imports', 'interaction_participants', 'interactions', 'legal_entities', 'letter_files', 'letters',
  'mailboxes', 'merges', 'offices', 'payments', 'reference_items', 'regions', 'roles', 'route_map_tests', 'route_map_versions', 'route_maps', 'saved_filters', 'settings', 'tasks',
  'templates', 'tokens', 'users', 'webhooks',
] as const

/** useTableName says what the records of a table are called. */
export function useTableName(): (table: string) => string {
  const { t } = useTranslation('audit')
  return (table) => {
    const known = tables.find((one) => one === table)
    return known === undefined ? table : t(`tables.${known}`)
  }
}

/** useColumnName answers what a value of a record is called; one that few would look for keeps the name that the database has for it. */
export function useColumnName(): (column: string) => string {
  const { t, i18n } = useTranslation('audit')
  return (column) => (i18n.exists(`columns.${column}`, { ns: 'audit' }) ? t(`columns.${column as 'name'}`) : column)
}
