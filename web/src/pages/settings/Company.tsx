import { Badge, Button, Stack, Switch, Text } from '@mantine/core'
import { IconBuilding, IconPlus, IconSitemap } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName, useUsers } from '@/api/people'
import { useRequestKey } from '@/api/useRequestKey'
import { Block } from '@/ui/Block'
import { Empty } from '@/ui/Empty'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import { useCalendars } from './calendars/useCalendars'
import { FormWindow } from '@/ui/edit/FormWindow'
import { Choice, KeyInput, Loaded, NamesInput, namesSent, noNames, useNameOf, ZoneInput, type ChoiceProps, type Names } from './parts'
import classes from './settings.module.css'
import { treeOf, withAllBelow, type Branch } from './tree'
import { useRecordForm } from '@/ui/edit/useRecordForm'

type Office = Schema<'Office'>
type Department = Schema<'Department'>

const useOffices = () => useQuery({ queryKey: keys.offices, queryFn: () => answer(api.GET('/api/v1/offices')) })

/** Company is the company's offices and the tree of its departments (R38, R43). */
export default function Company() {
  return (
    <Stack gap="md">
      <Departments />
      <Offices />
    </Stack>
  )
}

function Departments() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: keys.departments, queryFn: () => answer(api.GET('/api/v1/departments')) })
  const [open, setOpen] = useState<{ department?: Department; parent?: string }>()
  const all = query.data?.items ?? []
  return (
    <Block
      title={t('departments.title')}
      actions={
        <Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setOpen({})}>
          {t('departments.new')}
        </Button>
      }
    >
      <Text size="sm" c="dimmed" mb={6}>
        {t('departments.text')}
      </Text>
      <Loaded query={query}>
        {() => (all.length === 0 ? <Empty title={t('departments.none')} text={t('departments.noneText')} /> : <Branches branches={treeOf(all)} root onOpen={setOpen} />)}
      </Loaded>
      {open !== undefined && <DepartmentForm departments={all} department={open.department} parent={open.parent} onClose={() => setOpen(undefined)} />}
    </Block>
  )
}

interface BranchesProps {
  branches: Branch[]
  root?: boolean
  onOpen: (what: { department?: Department; parent?: string }) => void
}

function Branches({ branches, root = false, onOpen }: BranchesProps) {
  return (
    <ul className={`${classes.branch} ${root ? classes.root : ''}`}>
      {branches.map(({ department, below }) => (
        <li key={department.id}>
          <Leaf department={department} onOpen={onOpen} />
          {below.length > 0 && <Branches branches={below} onOpen={onOpen} />}
        </li>
      ))}
    </ul>
  )
}

function Leaf({ department, onOpen }: { department: Department; onOpen: BranchesProps['onOpen'] }) {
  const { t } = useTranslation(['settings', 'common'])
  const userName = useUserName()
  const users = useUsers()
  const offices = useOffices().data?.items ?? []
  const people = users.filter((user) => user.active && user.department_id === department.id).length
  const office = offices.find((one) => one.id === department.office_id)
  const about = [
    department.head_id === undefined ? t('departments.noHead') : t('departments.headedBy', { name: userName(department.head_id) }),
    t('departments.people', { count: people }),
    office?.name,
    department.calendar === undefined ? undefined : t('departments.byCalendar', { id: department.calendar }),
  ].filter((part) => part !== undefined)
  return (
    <div className={classes.leaf}>
      <IconSitemap size={16} aria-hidden />
      <div className={classes.leafName}>
        <Text size="sm" fw={500} className="as-typed" component="div">
          {department.name} {!department.active && <Badge color="gray">{t('outOfUse')}</Badge>}
        </Text>
        <Text size="xs" c="dimmed" className="as-typed">
          {about.join(' · ')}
        </Text>
      </div>
      {department.active && (
        <Button size="compact-sm" variant="subtle" onClick={() => onOpen({ parent: department.id })} aria-label={t('departments.addBelow', { name: department.name })}>
          {t('departments.below')}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" onClick={() => onOpen({ department })} aria-label={t('changeOf', { name: department.name })}>
        {t('common:edit')}
      </Button>
    </div>
  )
}

interface DepartmentDraft {
  key: string
  name: Names
  parent_id: string | null
  office_id: string | null
  head_id: string | null
  calendar: string | null
  active: boolean
}

const departmentDraft = (d: Department): DepartmentDraft => ({ key: d.key, name: d.names, parent_id: d.parent_id ?? null, office_id: d.office_id ?? null, head_id: d.head_id ?? null, calendar: d.calendar ?? null, active: d.active })

/** given leaves out what is null: of a new record it is not told. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as { [K in keyof T]?: NonNullable<T[K]> }
}

interface DepartmentFormProps {
  departments: Department[]
  department: Department | undefined
  parent: string | undefined
  onClose: () => void
}

function DepartmentForm({ departments, department, parent, onClose }: DepartmentFormProps) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const userName = useUserName()
  const nameOf = useNameOf()
  const offices = useOffices().data?.items ?? []
  const request = useRequestKey()
  const id = department?.id
  const form = useRecordForm<DepartmentDraft>({
    start: department === undefined ? { key: '', name: noNames, parent_id: parent ?? null, office_id: null, head_id: null, calendar: null, active: true } : departmentDraft(department),
    ...(id === undefined
      ? {}
      : {
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/departments/{id}', { params: { path: { id } } }))
            return { data: departmentDraft(data), etag }
          },
        }),
    write: async ({ key, name, active, ...places }, etag, fields) => {
      if (id === undefined) {
        return answer(api.POST('/api/v1/departments', { params: { header: { 'Idempotency-Key': request.key } }, body: { key, name: namesSent(name), ...given(places) } })).catch((error: unknown) => {
          request.refused(error)
          throw error
        })
      }
      const all = { ...places, name: namesSent(name), active }
      const body: Schema<'PatchDepartmentInputBody'> = Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field as keyof DepartmentDraft)))
      return answer(api.PATCH('/api/v1/departments/{id}', { params: { path: { id }, header: { 'If-Match': etag ?? '*' } }, body }))
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.departments })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const inside = id === undefined ? new Set<string>() : withAllBelow(departments, id)
  const above = departments.filter((one) => (one.active || one.id === draft.parent_id) && !inside.has(one.id))
  const shown = (field: keyof DepartmentDraft, value: unknown): string => {
    if (field === 'name') return `${(value as Names).ru} / ${(value as Names).en}`
    if (field === 'active') return t((value as boolean) ? 'inUse' : 'outOfUse')
    if (field === 'head_id') return userName((value as string | null) ?? undefined)
    if (field === 'parent_id') return departments.find((one) => one.id === value)?.name ?? ''
    if (field === 'office_id') return offices.find((one) => one.id === value)?.name ?? ''
    return (value as string | null) ?? ''
  }
  return (
    <FormWindow title={department === undefined ? t('departments.new') : nameOf(department.names)} form={form} onClose={onClose} fieldName={(field) => t(`departments.fields.${field}`)} shown={shown} pointers={['/key', '/name', '/parent_id', '/office_id', '/head_id', '/calendar']}>
      <NamesInput focus value={draft.name} onChange={(name) => set({ name })} problem={problem} />
      {department === undefined && <KeyInput value={draft.key} onChange={(key) => set({ key })} error={problem?.field('/key')} />}
      <Choice label={t('departments.fields.parent_id')} none={t('departments.top')} value={draft.parent_id} onChange={(parent_id) => set({ parent_id })} error={problem?.field('/parent_id')} data={above.map((one) => ({ value: one.id, label: one.name }))} />
      <UserPicker label={t('departments.fields.head_id')} description={t('departments.headText')} value={draft.head_id} onChange={(head_id) => set({ head_id })} error={problem?.field('/head_id')} />
      <Choice label={t('departments.fields.office_id')} none={t('departments.officeAbove')} value={draft.office_id} onChange={(office_id) => set({ office_id })} error={problem?.field('/office_id')} data={offices.filter((one) => one.active || one.id === draft.office_id).map((one) => ({ value: one.id, label: one.name }))} />
      <CalendarChoice none={t('departments.calendarAbove')} value={draft.calendar} onChange={(calendar) => set({ calendar })} error={problem?.field('/calendar')} />
      {department !== undefined && <Switch label={t('inUse')} description={t('departments.offText')} checked={draft.active} onChange={(event) => set({ active: event.currentTarget.checked })} />}
    </FormWindow>
  )
}

function CalendarChoice({ none, value, onChange, error }: Pick<ChoiceProps, 'none' | 'value' | 'onChange' | 'error'>) {
  const { t } = useTranslation('settings')
  const calendars = useCalendars().data ?? []
  return <Choice label={t('departments.fields.calendar')} none={none} description={t('departments.calendarText')} value={value} onChange={onChange} error={error} data={calendars.map((one) => ({ value: one.id, label: `${one.name} (${one.id})` }))} />
}

function Offices() {
  const { t } = useTranslation(['settings', 'common'])
  const query = useOffices()
  const [open, setOpen] = useState<Office | 'new'>()
  return (
    <Block
      title={t('offices.title')}
      actions={
        <Button size="compact-sm" variant="light" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setOpen('new')}>
          {t('offices.new')}
        </Button>
      }
    >
      <Loaded query={query}>
        {(list) =>
          (list.items ?? []).length === 0 ? (
            <Empty title={t('offices.none')} text={t('offices.noneText')} />
          ) : (
            <ul className={`${classes.branch} ${classes.root}`}>
              {(list.items ?? []).map((office) => (
                <li key={office.id} className={classes.leaf}>
                  <IconBuilding size={16} aria-hidden />
                  <div className={classes.leafName}>
                    <Text size="sm" fw={500} className="as-typed" component="div">
                      {office.name} {!office.active && <Badge color="gray">{t('outOfUse')}</Badge>}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {[office.time_zone, t('offices.now', { time: office.local_time.slice(11, 16) }), ...(office.calendar === undefined ? [] : [t('departments.byCalendar', { id: office.calendar })])].join(' · ')}
                    </Text>
                  </div>
                  <Button size="compact-sm" variant="subtle" onClick={() => setOpen(office)} aria-label={t('changeOf', { name: office.name })}>
                    {t('common:edit')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {open !== undefined && <OfficeForm office={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </Block>
  )
}

interface OfficeDraft {
  key: string
  name: Names
  time_zone: string
  calendar: string | null
  active: boolean
}

const officeDraft = (o: Office): OfficeDraft => ({ key: o.key, name: o.names, time_zone: o.time_zone, calendar: o.calendar ?? null, active: o.active })

function OfficeForm({ office, onClose }: { office: Office | undefined; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const nameOf = useNameOf()
  const request = useRequestKey()
  const id = office?.id
  const form = useRecordForm<OfficeDraft>({
    start: office === undefined ? { key: '', name: noNames, time_zone: 'Europe/Moscow', calendar: null, active: true } : officeDraft(office),
    ...(id === undefined
      ? {}
      : {
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/offices/{id}', { params: { path: { id } } }))
            return { data: officeDraft(data), etag }
          },
        }),
    write: async ({ key, name, time_zone, calendar, active }, etag, fields) => {
      if (id === undefined) {
        return answer(api.POST('/api/v1/offices', { params: { header: { 'Idempotency-Key': request.key } }, body: { key, name: namesSent(name), time_zone, ...given({ calendar }) } })).catch((error: unknown) => {
          request.refused(error)
          throw error
        })
      }
      const all = { name: namesSent(name), time_zone, calendar, active }
      const body: Schema<'PatchOfficeInputBody'> = Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field as keyof OfficeDraft)))
      return answer(api.PATCH('/api/v1/offices/{id}', { params: { path: { id }, header: { 'If-Match': etag ?? '*' } }, body }))
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.offices })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof OfficeDraft, value: unknown): string => {
    if (field === 'name') return `${(value as Names).ru} / ${(value as Names).en}`
    return field === 'active' ? t((value as boolean) ? 'inUse' : 'outOfUse') : ((value as string | null) ?? '')
  }
  return (
    <FormWindow title={office === undefined ? t('offices.new') : nameOf(office.names)} form={form} onClose={onClose} fieldName={(field) => t(`offices.fields.${field}`)} shown={shown} pointers={['/key', '/name', '/time_zone', '/calendar']}>
      <NamesInput focus value={draft.name} onChange={(name) => set({ name })} problem={problem} />
      {office === undefined && <KeyInput value={draft.key} onChange={(key) => set({ key })} error={problem?.field('/key')} />}
      <ZoneInput required label={t('columns.zone')} value={draft.time_zone} onChange={(time_zone) => set({ time_zone })} error={problem?.field('/time_zone')} />
      <CalendarChoice none={t('offices.calendarNone')} value={draft.calendar} onChange={(calendar) => set({ calendar })} error={problem?.field('/calendar')} />
      {office !== undefined && <Switch label={t('inUse')} description={t('offices.offText')} checked={draft.active} onChange={(event) => set({ active: event.currentTarget.checked })} />}
    </FormWindow>
  )
}
