import { Button, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { useDepartments, useRoles } from '@/api/people'
import type { Me } from '@/app/session'
import { setLang } from '@/i18n/i18n'
import { Block } from '@/ui/Block'
import { FormClashes } from '@/ui/edit/FormClashes'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { useOwn, useOwnRecord, type MePatch } from './me'

/** About is who one is: what the company says of one, and what one says oneself (R66). */
export function About() {
  const { t } = useTranslation('profile')
  const me = useOwn()
  const roles = useRoles()
  const departments = useDepartments()
  const facts = [
    [t('about.name'), me.name],
    [t('about.login'), me.login],
    [t('about.email'), me.email],
    [t('about.department'), departments.find((one) => one.id === me.department_id)?.name],
    [t('about.roles'), (me.roles ?? []).map((key) => roles.find((role) => role.key === key)?.name ?? key).join(', ')],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '')
  return (
    <Block title={t('about.title')}>
      <Stack gap="md">
        <SimpleGrid component="dl" cols={{ base: 1, sm: 2 }} spacing="xs" m={0}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <Text component="dt" size="xs" c="dimmed">
                {name}
              </Text>
              <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
                {value}
              </Text>
            </div>
          ))}
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          {t('about.byAdmin')}
        </Text>
        <OwnForm />
      </Stack>
    </Block>
  )
}

const languages = [{ value: 'ru', label: 'Русский' }, { value: 'en', label: 'English' }]

interface Draft {
  phone: string
  lang: 'ru' | 'en'
  time_zone: string
  signature: string
}

const draftOf = (me: Me): Draft => ({ phone: me.phone ?? '', lang: me.lang, time_zone: me.time_zone, signature: me.signature })

const patchOf = (draft: Draft, fields: (keyof Draft)[]): MePatch => Object.fromEntries(Object.entries(draft).filter(([field]) => fields.includes(field as keyof Draft)))

/** OwnForm changes what one says of oneself. An administrator may change it too: what one types stays, and what he has changed. */
function OwnForm() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const own = useOwnRecord(draftOf, patchOf)
  const form = useRecordForm<Draft>({
    ...own,
    keptAs: 'profile.own',
    write: async (all, etag, fields) => {
      await own.write(all, etag, fields)
      await setLang(all.lang)
    },
    onDone: () => tell.done(t('saved')),
  })
  const { draft, set, problem: error } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    form.save()
  }
  const names: Record<keyof Draft, string> = { phone: t('about.phone'), lang: common('language'), time_zone: t('about.timeZone'), signature: t('about.signature') }
  const shown = ['/phone', '/time_zone', '/signature', '/lang'].some((pointer) => error?.field(pointer) !== undefined)
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
          <TextInput label={t('about.phone')} type="tel" autoComplete="tel" value={draft.phone} error={error?.field('/phone')} onChange={(event) => set({ phone: event.currentTarget.value })} />
          <Select label={common('language')} allowDeselect={false} data={languages} value={draft.lang} onChange={(lang) => set({ lang: lang === 'en' ? 'en' : 'ru' })} />
          <Select label={t('about.timeZone')} searchable allowDeselect={false} nothingFoundMessage={common('pick.nothing')} limit={200} data={zones(draft.time_zone)} value={draft.time_zone} error={error?.field('/time_zone')} onChange={(zone) => zone !== null && set({ time_zone: zone })} />
        </SimpleGrid>
        <Textarea label={t('about.signature')} description={t('about.signatureText')} autosize minRows={2} maxRows={8} value={draft.signature} error={error?.field('/signature')} onChange={(event) => set({ signature: event.currentTarget.value })} />
        <FormClashes form={form} fieldName={(field) => names[field]} shown={(field, value) => (field === 'lang' ? languages.find((one) => one.value === value)?.label : undefined) ?? String(value)} />
        {error !== undefined && !shown && <Failure error={error} />}
        <Group>
          <Button type="submit" loading={form.saving} disabled={!form.dirty}>
            {common('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** zones are the time zones that the browser knows, and the one that is chosen. */
function zones(chosen: string): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return known.includes(chosen) ? known : [chosen, ...known]
}
