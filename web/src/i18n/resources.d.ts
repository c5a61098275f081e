import type accept from '../locales/en/accept.json'
import type agenda from '../locales/en/agenda.json'
import type caseArea from '../locales/en/case.json'
import type audit from '../locales/en/audit.json'
import type cases from '../locales/en/cases.json'
import type client from '../locales/en/client.json'
import type clients from '../locales/en/clients.json'
import type common from '../locales/en/common.json'
import type contact from '../locales/en/contact.json'
import type contacts from '../locales/en/contacts.json'
import type edit from '../locales/en/edit.json'
import type files from '../locales/en/files.json'
import type imports from '../locales/en/imports.json'
import type inbox from '../locales/en/inbox.json'
import type mailboxes from '../locales/en/mailboxes.json'
import type maps from '../locales/en/maps.json'
import type interactions from '../locales/en/interactions.json'
import type profile from '../locales/en/profile.json'
import type merge from '../locales/en/merge.json'
import type register from '../locales/en/register.json'
import type reports from '../locales/en/reports.json'
import type sales from '../locales/en/sales.json'
import type saved from '../locales/en/saved.json'
import type settings from '../locales/en/settings.json'
import type tasks from '../locales/en/tasks.json'
import type templates from '../locales/en/templates.json'
import type webhooks from '../locales/en/webhooks.json'

declare module 'i18next' {
  // The compiler knows every text: a key that is not there does not build. The English files say which there are; a test holds the
  // Russian ones against them.
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: { accept: typeof accept; agenda: typeof agenda; audit: typeof audit; case: typeof caseArea; cases: typeof cases; client: typeof client; clients: typeof clients; common: typeof common; contact: typeof contact; contacts: typeof contacts; edit: typeof edit; files: typeof files; imports: typeof imports; inbox: typeof inbox; interactions: typeof interactions; mailboxes: typeof mailboxes; maps: typeof maps; merge: typeof merge; profile: typeof profile; register: typeof register; reports: typeof reports; sales: typeof sales; saved: typeof saved; settings: typeof settings; tasks: typeof tasks; templates: typeof templates; webhooks: typeof webhooks }
  }
}
