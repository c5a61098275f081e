import { useCallback } from 'react'

import { answer, api, type Schema } from '@/api/client'
import { dayAfter, instantOf } from '@/i18n/wall'

import type { Asked } from './asked'
import { mainCurrency, sumBy, type Behind, type Sheet, type Tone } from './model'
import { endOfStep, weekOf } from './periods'
import { commonOf, notKnown, oneOf, type Common } from './query'
import { Report } from './Report'
import { useSay, type Say } from './useSay'

interface Of {
  asked: Asked
}

const moneyOf = (amounts: { currency: string; amount: string }[] | null, currency: string | undefined) => Number((amounts ?? []).find((one) => one.currency === currency)?.amount ?? 0)

// --- what open deals and interests may bring -------------------------------------------------------------------------------------------

const divisions = ['stage', 'responsible', 'department', 'source', 'channel'] as const

/** Potential is what open deals and interests may bring, and how probable that is (R30). */
export function Potential({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const query = { ...commonOf(filter), by: oneOf(filter.by, divisions) ?? 'stage' }
  const sheetOf = useCallback((body: Schema<'PotentialReportBody'>) => potentialSheet(say, body.items ?? [], { ...commonOf(filter), by: oneOf(filter.by, divisions) ?? 'stage' }), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/potential', { params: { query } }))} sheetOf={sheetOf} />
}

function potentialSheet({ t, write, format, amounts }: Say, rows: Schema<'Potential'>[], query: Common & { by: (typeof divisions)[number] }): Sheet<Schema<'Potential'>> {
  type Row = Schema<'Potential'>
  const nameOf = (row: Row) => (row.key === '' ? t(query.by === 'responsible' ? 'nobody' : 'notKnown') : row.name)
  const behind = (row: Row, figure: 'cases' | 'unknown'): Behind => ({
    list: 'cases', key: `${row.key || notKnown}~${figure}`, title: `${nameOf(row)}: ${t(figure === 'cases' ? 'columns.cases' : 'columns.unknown')}`,
    read: (page) => answer(api.GET('/api/v1/reports/potential/cases', { params: { query: { ...query, group: row.key || notKnown, figure, ...page } } })),
  })
  const sums = (row: Row, of: 'potential' | 'weighted') => (row.sums ?? []).map((sum) => ({ currency: sum.currency, amount: sum[of] }))
  const currency = mainCurrency(rows.flatMap((row) => sums(row, 'potential')))
  const open = (i: number) => {
    const row = rows[i]
    return row === undefined ? undefined : behind(row, 'cases')
  }
  const categories = rows.map(nameOf)
  return {
    rows, nameOf, idOf: (row) => row.key,
    columns: [
      { key: 'group', head: t(`divisions.${query.by}`), text: nameOf },
      { key: 'cases', head: t('columns.cases'), figure: (row) => row.cases, behind: (row) => behind(row, 'cases'), summed: true },
      { key: 'unknown', head: t('columns.unknown'), figure: (row) => row.unknown, behind: (row) => behind(row, 'unknown'), summed: true },
      { key: 'potential', head: t('columns.potential'), text: (row) => amounts(sums(row, 'potential')), order: (row) => moneyOf(sums(row, 'potential'), currency) },
      { key: 'weighted', head: t('columns.weighted'), text: (row) => amounts(sums(row, 'weighted')), order: (row) => moneyOf(sums(row, 'weighted'), currency) },
    ],
    charts: [
      {
        title: t('charts.potential'), kind: 'bars', stacked: false, categories, write: (value) => format.money(value, currency),
        series: [
          { name: t('columns.potential'), tone: 'main', values: rows.map((row) => moneyOf(sums(row, 'potential'), currency)), behind: open },
          { name: t('columns.weighted'), tone: 'second', values: rows.map((row) => moneyOf(sums(row, 'weighted'), currency)), behind: open },
        ],
      },
      { title: t('charts.open'), kind: 'bars', stacked: false, categories, write, series: [{ name: t('columns.cases'), tone: 'main', values: rows.map((row) => row.cases), behind: open }] },
    ],
  }
}

// --- what managers have on their hands -------------------------------------------------------------------------------------------------

/** Control is what managers have on their hands now (R14). */
export function Control({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'ControlReportBody'>) => controlSheet(say, body.items ?? [], commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/control', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function controlSheet({ t, write, format, kept }: Say, rows: Schema<'Control'>[], query: Common): Sheet<Schema<'Control'>> {
  type Row = Schema<'Control'>
  const nameOf = (row: Row) => (row.responsible_id === undefined ? t('nobody') : row.responsible)
  const whose = (row: Row) => ({ ...query, responsible: row.responsible_id ?? 'none' })
  const cases = (row: Row, figure: 'open' | 'overdue' | 'unplanned'): Behind => ({
    list: 'cases', key: `${row.responsible_id ?? 'none'}~${figure}`, title: `${nameOf(row)}: ${t(`columns.${figure}`)}`,
    read: (page) => answer(api.GET('/api/v1/reports/control/cases', { params: { query: { ...whose(row), figure, ...page } } })),
  })
  const tasks = (row: Row, overdue: boolean): Behind => ({
    list: 'tasks', key: `${row.responsible_id ?? 'none'}~${overdue ? 'overdue-tasks' : 'tasks'}`, title: `${nameOf(row)}: ${t(overdue ? 'columns.overdueTasks' : 'columns.tasks')}`,
    read: (page) => answer(api.GET('/api/v1/reports/control/tasks', { params: { query: { ...whose(row), ...(overdue ? { overdue } : {}), ...page } } })),
  })
  const at = (open: (row: Row) => Behind) => (i: number) => {
    const row = rows[i]
    return row === undefined ? undefined : open(row)
  }
  const touched = (when: string | undefined) => (when === undefined ? '—' : format.ago(when))
  const categories = rows.map(nameOf)
  return {
    rows, nameOf, idOf: (row) => row.responsible_id ?? 'none',
    columns: [
      { key: 'responsible', head: t('columns.responsible'), text: nameOf },
      { key: 'open', head: t('columns.open'), figure: (row) => row.open, behind: (row) => cases(row, 'open'), summed: true },
      { key: 'overdue', head: t('columns.overdue'), figure: (row) => row.overdue, behind: (row) => cases(row, 'overdue'), summed: true },
      ...(kept.interactions ? [{ key: 'unplanned', head: t('columns.unplanned'), figure: (row: Row) => row.unplanned, behind: (row: Row) => cases(row, 'unplanned'), summed: true }] : []),
      { key: 'oldest', head: t('columns.oldest'), text: (row) => touched(row.oldest_touch), order: (row) => Date.parse(row.oldest_touch ?? '') || 0 },
      { key: 'last', head: t('columns.last'), text: (row) => touched(row.last_touch), order: (row) => Date.parse(row.last_touch ?? '') || 0 },
      { key: 'tasks', head: t('columns.tasks'), figure: (row) => row.tasks, behind: (row) => tasks(row, false), summed: true },
      { key: 'overdueTasks', head: t('columns.overdueTasks'), figure: (row) => row.overdue_tasks, behind: (row) => tasks(row, true), summed: true },
    ],
    charts: [
      {
        title: t('charts.control'), kind: 'bars', stacked: false, categories, write,
        series: [
          { name: t('columns.open'), tone: 'main', values: rows.map((row) => row.open), behind: at((row) => cases(row, 'open')) },
          { name: t('columns.overdue'), tone: 'bad', values: rows.map((row) => row.overdue), behind: at((row) => cases(row, 'overdue')) },
          ...(kept.interactions ? [{ name: t('columns.unplanned'), tone: 'late' as const, values: rows.map((row) => row.unplanned), behind: at((row) => cases(row, 'unplanned')) }] : []),
        ],
      },
      {
        title: t('charts.desks'), kind: 'bars', stacked: false, categories, write,
        series: [
          { name: t('columns.tasks'), tone: 'now', values: rows.map((row) => row.tasks), behind: at((row) => tasks(row, false)) },
          { name: t('columns.overdueTasks'), tone: 'bad', values: rows.map((row) => row.overdue_tasks), behind: at((row) => tasks(row, true)) },
        ],
      },
    ],
  }
}

// --- what was lost ---------------------------------------------------------------------------------------------------------------------

/** Losses is why deals, interests and requests were lost (R30, R41). */
export function Losses({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'LossReportBody'>) => lossSheet(say, body, commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/losses', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function lossSheet({ t, write, amounts, format, kept }: Say, body: Schema<'LossReportBody'>, query: Common): Sheet<Schema<'Loss'>> {
  type Row = Schema<'Loss'>
  const rows = body.items ?? []
  const reasonOf = (row: Row) => (row.reason === undefined ? t('noReason') : (row.name ?? row.reason))
  const behind = (title: string, reason: string, competitor?: string): Behind => ({
    list: 'cases', key: [reason, ...(competitor === undefined ? [] : [competitor])].join('~'), title,
    read: (page) => answer(api.GET('/api/v1/reports/losses/cases', { params: { query: { ...query, reason, competitor, ...page } } })),
  })
  // Lost requests are interactions (R41).
  const requests = (row: Row): Behind | undefined => {
    const { reason } = row
    const { period } = body
    if (reason === undefined || period === undefined) return undefined
    const times = { from: instantOf({ date: period.from, time: '00:00' }, format.timeZone), to: instantOf({ date: dayAfter(period.to, 1), time: '00:00' }, format.timeZone) }
    return {
      list: 'interactions', key: `requests~${reason}`, title: `${reasonOf(row)}: ${t('columns.requests')}`,
      read: (page) => answer(api.GET('/api/v1/interactions', { params: { query: { ...times, lost: true, lost_reason: reason, responsible: query.responsible, department: query.department, ...page } } })),
    }
  }
  const reasons = sumBy(rows, (row) => row.reason ?? notKnown, { cases: (row) => row.cases, requests: (row) => row.requests })
  const currency = mainCurrency(rows.flatMap((row) => row.potential ?? []))
  const categories = reasons.map((reason) => (reason.rows[0] === undefined ? '' : reasonOf(reason.rows[0])))
  const open = (i: number) => {
    const reason = reasons[i]
    return reason === undefined ? undefined : behind(`${categories[i] ?? ''}: ${t('columns.lostCases')}`, reason.name)
  }
  const openRequests = (i: number) => {
    const row = reasons[i]?.rows[0]
    return row === undefined ? undefined : requests(row)
  }
  return {
    rows, idOf: (row) => `${row.reason ?? ''}/${row.competitor_id ?? ''}`, nameOf: (row) => [reasonOf(row), row.competitor].filter(Boolean).join(', '),
    columns: [
      { key: 'reason', head: t('columns.reason'), text: reasonOf },
      { key: 'competitor', head: t('columns.competitor'), text: (row) => row.competitor ?? '' },
      { key: 'cases', head: t('columns.lostCases'), figure: (row) => row.cases, summed: true, behind: (row) => behind(`${[reasonOf(row), row.competitor].filter(Boolean).join(', ')}: ${t('columns.lostCases')}`, row.reason ?? notKnown, row.competitor_id ?? notKnown) },
      ...(kept.interactions ? [{ key: 'requests', head: t('columns.requests'), figure: (row: Row) => row.requests, summed: true, behind: requests }] : []),
      { key: 'potential', head: t('columns.potential'), text: (row) => amounts(row.potential), order: (row) => moneyOf(row.potential, currency) },
    ],
    charts: [
      {
        title: t('charts.losses'), kind: 'bars', stacked: true, categories, write,
        series: [
          { name: t('columns.lostCases'), tone: 'bad', values: reasons.map((reason) => reason.sums.cases), behind: open },
          ...(kept.interactions ? [{ name: t('columns.requests'), tone: 'late' as const, values: reasons.map((reason) => reason.sums.requests), behind: openRequests }] : []),
        ],
      },
      {
        title: t('charts.lostMoney'), kind: 'bars', stacked: false, categories, write: (value) => format.money(value, currency),
        series: [{ name: t('columns.potential'), tone: 'bad', values: reasons.map((reason) => reason.rows.reduce((sum, row) => sum + moneyOf(row.potential, currency), 0)), behind: open }],
      },
    ],
  }
}

// --- claims ----------------------------------------------------------------------------------------------------------------------------

const claimFigures = ['under_review', 'satisfied', 'not_satisfied', 'cancelled'] as const
const claimTones: Record<(typeof claimFigures)[number], Tone> = { under_review: 'now', satisfied: 'good', not_satisfied: 'bad', cancelled: 'quiet' }

/** Claims is what claims were about, and whose fault it was (R36). */
export function Claims({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'ClaimsReportBody'>) => claimsSheet(say, body.items ?? [], commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/claims', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function claimsSheet({ t, write }: Say, rows: Schema<'Claims'>[], query: Common): Sheet<Schema<'Claims'>> {
  type Row = Schema<'Claims'>
  type Figure = (typeof claimFigures)[number]
  const reasonOf = (row: Row) => (row.reason === undefined ? t('noReason') : (row.name ?? row.reason))
  const nameOf = (row: Row) => [reasonOf(row), row.department, row.user].filter(Boolean).join(', ')
  const behind = (title: string, figure: Figure, reason: string, department?: string, employee?: string): Behind => ({
    list: 'cases', key: [figure, reason, ...(department === undefined ? [] : [department, employee])].join('~'), title: `${title}: ${t(`claims.${figure}`)}`,
    read: (page) => answer(api.GET('/api/v1/reports/claims/cases', { params: { query: { ...query, figure, reason, department_at_fault: department, employee_at_fault: employee, ...page } } })),
  })
  const reasons = sumBy(rows, (row) => row.reason ?? notKnown, { under_review: (row) => row.under_review, satisfied: (row) => row.satisfied, not_satisfied: (row) => row.not_satisfied, cancelled: (row) => row.cancelled })
  const categories = reasons.map((reason) => (reason.rows[0] === undefined ? '' : reasonOf(reason.rows[0])))
  return {
    rows, nameOf, idOf: (row) => [row.reason, row.department_id, row.user_id].join('/'),
    columns: [
      { key: 'reason', head: t('columns.reason'), text: reasonOf },
      { key: 'department', head: t('columns.departmentAtFault'), text: (row) => row.department ?? '' },
      { key: 'user', head: t('columns.userAtFault'), text: (row) => row.user ?? '' },
      ...claimFigures.map((figure) => ({
        key: figure, head: t(`claims.${figure}`), figure: (row: Row) => row[figure], summed: true,
        behind: (row: Row) => behind(nameOf(row), figure, row.reason ?? notKnown, row.department_id ?? notKnown, row.user_id ?? notKnown),
      })),
    ],
    charts: [
      {
        title: t('charts.claims'), kind: 'bars', stacked: true, categories, write,
        series: claimFigures.map((figure) => ({
          name: t(`claims.${figure}`), tone: claimTones[figure], values: reasons.map((reason) => reason.sums[figure]),
          behind: (i) => {
            const reason = reasons[i]
            return reason === undefined ? undefined : behind(categories[i] ?? '', figure, reason.name)
          },
        })),
      },
    ],
  }
}

// --- how clients came ------------------------------------------------------------------------------------------------------------------

/** Channels is how clients and deals came (R30). */
export function Channels({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'ChannelReportBody'>) => channelSheet(say, body.items ?? [], commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/channels', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function channelSheet({ t, write, amounts, kept }: Say, rows: Schema<'Channel'>[], query: Common): Sheet<Schema<'Channel'>> {
  type Row = Schema<'Channel'>
  const channelOf = (row: Row) => (row.channel === undefined ? t('notKnown') : (row.channel_name ?? row.channel))
  const sourceOf = (row: Row) => (row.source === undefined ? t('notKnown') : (row.source_name ?? row.source))
  const nameOf = (row: Row) => `${channelOf(row)}, ${sourceOf(row)}`
  const figures = { cases: t('columns.cases'), deals: t('columns.deals'), won: t('columns.won') }
  const behind = (title: string, figure: keyof typeof figures, way: { channel?: string; source?: string }): Behind => ({
    list: 'cases', key: [figure, way.channel ?? '', way.source ?? ''].join('~'), title: `${title}: ${figures[figure]}`,
    read: (page) => answer(api.GET('/api/v1/reports/channels/cases', { params: { query: { ...query, ...way, figure, ...page } } })),
  })
  const way = (row: Row) => ({ channel: row.channel ?? notKnown, source: row.source ?? notKnown })
  const clients = (row: Row): Behind => ({
    list: 'clients', key: ['clients', row.channel ?? notKnown, row.source ?? notKnown].join('~'), title: `${nameOf(row)}: ${t('columns.clients')}`,
    read: (page) => answer(api.GET('/api/v1/reports/channels/clients', { params: { query: { ...query, ...way(row), ...page } } })),
  })
  const chartOf = (title: string, keyOf: (row: Row) => string, labelOf: (row: Row) => string, by: 'channel' | 'source') => {
    const groups = sumBy(rows, keyOf, { cases: (row) => row.cases, deals: (row) => row.deals, won: (row) => row.won }).sort((a, b) => b.sums.cases - a.sums.cases)
    const categories = groups.map((group) => (group.rows[0] === undefined ? '' : labelOf(group.rows[0])))
    const series = (figure: keyof typeof figures, tone: Tone) => ({
      name: figures[figure], tone, values: groups.map((group) => group.sums[figure]),
      behind: (i: number) => {
        const group = groups[i]
        return group === undefined ? undefined : behind(categories[i] ?? '', figure, { [by]: group.name })
      },
    })
    return { title, kind: 'bars' as const, stacked: false, categories, write, series: [series('cases', 'now'), ...(kept.deals ? [series('deals', 'main')] : []), series('won', 'good')] }
  }
  return {
    rows, nameOf, idOf: (row) => `${row.channel ?? ''}/${row.source ?? ''}`,
    columns: [
      { key: 'channel', head: t('columns.channel'), text: channelOf },
      { key: 'source', head: t('columns.source'), text: sourceOf },
      { key: 'cases', head: figures.cases, figure: (row) => row.cases, behind: (row) => behind(nameOf(row), 'cases', way(row)), summed: true },
      { key: 'clients', head: t('columns.clients'), figure: (row) => row.clients, behind: clients },
      ...(kept.deals ? [{ key: 'deals', head: figures.deals, figure: (row: Row) => row.deals, behind: (row: Row) => behind(nameOf(row), 'deals', way(row)), summed: true }] : []),
      { key: 'won', head: figures.won, figure: (row) => row.won, behind: (row) => behind(nameOf(row), 'won', way(row)), summed: true },
      { key: 'amount', head: t('columns.amount'), text: (row) => amounts(row.amounts), order: (row) => moneyOf(row.amounts, mainCurrency(row.amounts ?? [])) },
    ],
    charts: [chartOf(t('charts.channels'), (row) => row.channel ?? notKnown, channelOf, 'channel'), chartOf(t('charts.sources'), (row) => row.source ?? notKnown, sourceOf, 'source')],
  }
}

// --- calls, letters and meetings -------------------------------------------------------------------------------------------------------

const steps = ['day', 'week', 'month'] as const
const means = ['call', 'meeting', 'email', 'sms', 'calendar', 'other'] as const
const meansTones: Record<(typeof means)[number], Tone> = { call: 'main', meeting: 'second', email: 'now', sms: 'late', calendar: 'good', other: 'quiet' }

type CommunicationQuery = Common & { client: string | undefined; step: (typeof steps)[number] | undefined }

/** Communication is by which means people talk with clients (R47). */
export function Communication({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const query: CommunicationQuery = { ...commonOf(filter), client: filter.client, step: oneOf(filter.step, steps) }
  const sheetOf = useCallback((body: Schema<'CommunicationReportBody'>) => communicationSheet(say, body, { ...commonOf(filter), client: filter.client, step: oneOf(filter.step, steps) }), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/communication', { params: { query } }))} sheetOf={sheetOf} />
}

function communicationSheet({ t, common, write, format }: Say, body: Schema<'CommunicationReportBody'>, { step, ...query }: CommunicationQuery): Sheet<Schema<'Communication'>> {
  type Row = Schema<'Communication'>
  const rows = body.items ?? []
  const whenOf = (from: string) => (step === 'month' ? format.month(from) : step === 'week' ? t('weekOf', { day: format.calendarDate(weekOf(from)) }) : format.calendarDate(from))
  const kindOf = (row: Row) => common(`interactionKinds.${row.kind}`)
  const directionOf = (row: Row) => (row.direction === undefined ? t('notKnown') : t(`directions.${row.direction}`))
  // The last step ends with the period.
  const days = (from: string) => {
    if (step === undefined) return {}
    const end = endOfStep(step === 'week' ? weekOf(from) : from, step)
    const last = body.period?.to ?? end
    return { from, to: end < last ? end : last }
  }
  const nameOf = (row: Row) => [...(step === undefined ? [] : [whenOf(row.from)]), kindOf(row), directionOf(row)].join(', ')
  const behind = (title: string, from: string, kind: Row['kind'], direction: 'in' | 'out' | '-' | 'all'): Behind => ({
    list: 'interactions', key: [from, kind, direction].join('~'), title,
    read: (page) => answer(api.GET('/api/v1/reports/communication/interactions', { params: { query: { ...query, ...days(from), means: kind, direction, ...page } } })),
  })
  const times = [...new Set(rows.map((row) => row.from))].sort()
  const shown = means.filter((kind) => rows.some((row) => row.kind === kind))
  const count = (fits: (row: Row) => boolean) => rows.filter(fits).reduce((sum, row) => sum + row.count, 0)
  const directions = [['in', 'now'], ['out', 'main'], [undefined, 'quiet']] as const
  return {
    rows, nameOf, idOf: (row) => `${row.from}/${row.kind}/${row.direction ?? ''}`,
    columns: [
      ...(step === undefined ? [] : [{ key: 'from', head: t(`divisions.${step}`), text: (row: Row) => whenOf(row.from) }]),
      { key: 'kind', head: t('columns.kind'), text: kindOf },
      { key: 'direction', head: t('columns.direction'), text: directionOf },
      { key: 'count', head: t('columns.interactions'), figure: (row) => row.count, summed: true, behind: (row) => behind(nameOf(row), row.from, row.kind, row.direction ?? '-') },
      { key: 'clients', head: t('columns.clients'), figure: (row) => row.clients },
    ],
    charts: [
      step === undefined
        ? {
            title: t('charts.communication'), kind: 'bars', stacked: true, categories: shown.map((kind) => common(`interactionKinds.${kind}`)), write,
            series: directions.map(([direction, tone]) => ({
              name: direction === undefined ? t('directions.unknown') : t(`directions.${direction}`), tone, values: shown.map((kind) => count((row) => row.kind === kind && row.direction === direction)),
              behind: (i) => {
                const row = rows.find((one) => one.kind === shown[i] && one.direction === direction)
                return row === undefined ? undefined : behind(nameOf(row), row.from, row.kind, row.direction ?? '-')
              },
            })),
          }
        : {
            title: t('charts.communicationOver'), kind: 'columns', stacked: true, categories: times.map(whenOf), write,
            series: shown.map((kind) => ({
              name: common(`interactionKinds.${kind}`), tone: meansTones[kind],
              values: times.map((from) => count((row) => row.from === from && row.kind === kind)),
              behind: (i) => {
                const from = times[i]
                return from === undefined ? undefined : behind(`${whenOf(from)}, ${common(`interactionKinds.${kind}`)}`, from, kind, 'all')
              },
            })),
          },
    ],
  }
}

// --- what clients ask for --------------------------------------------------------------------------------------------------------------

const mostAskedFor = 15

/** Demand is what clients asked for in the first place (R30). */
export function Demand({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'DemandReportBody'>) => demandSheet(say, body.items ?? [], commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/demand', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function demandSheet({ t, write, amounts }: Say, rows: Schema<'Demand'>[], query: Common): Sheet<Schema<'Demand'>> {
  type Row = Schema<'Demand'>
  const behind = (row: Row, figure: 'cases' | 'won'): Behind => ({
    list: 'cases', key: `${figure}~${row.name}`, title: `${row.name}: ${t(figure === 'cases' ? 'columns.cases' : 'columns.won')}`,
    read: (page) => answer(api.GET('/api/v1/reports/demand/cases', { params: { query: { ...query, name: row.name, figure, ...page } } })),
  })
  const top = [...rows].sort((a, b) => b.cases - a.cases).slice(0, mostAskedFor)
  const at = (figure: 'cases' | 'won') => (i: number) => {
    const row = top[i]
    return row === undefined ? undefined : behind(row, figure)
  }
  return {
    rows, nameOf: (row) => row.name, idOf: (row) => row.name,
    columns: [
      { key: 'name', head: t('columns.askedFor'), text: (row) => row.name },
      { key: 'cases', head: t('columns.cases'), figure: (row) => row.cases, behind: (row) => behind(row, 'cases') },
      { key: 'won', head: t('columns.won'), figure: (row) => row.won, behind: (row) => behind(row, 'won') },
      { key: 'quantity', head: t('columns.quantity'), figure: (row) => Number(row.quantity), unit: 'number' },
      { key: 'amount', head: t('columns.amount'), text: (row) => amounts(row.amounts), order: (row) => moneyOf(row.amounts, mainCurrency(row.amounts ?? [])) },
    ],
    charts: [
      {
        title: t('charts.demand', { count: Math.min(mostAskedFor, rows.length) }), kind: 'bars', stacked: false, categories: top.map((row) => row.name), write,
        series: [
          { name: t('columns.cases'), tone: 'main', values: top.map((row) => row.cases), behind: at('cases') },
          { name: t('columns.won'), tone: 'good', values: top.map((row) => row.won), behind: at('won') },
        ],
      },
    ],
  }
}

// --- appeals against their time limits -------------------------------------------------------------------------------------------------

const standardFigures = ['tasks', 'limited', 'in_time', 'late', 'overdue'] as const
type StandardFigure = (typeof standardFigures)[number]

/** Standards is how the work on appeals was done against its time limits (R43). */
export function Standards({ asked }: Of) {
  const say = useSay()
  const { filter } = asked
  const sheetOf = useCallback((body: Schema<'StandardReportBody'>) => standardSheet(say, body.items ?? [], commonOf(filter)), [say, filter])
  return <Report asked={asked} read={() => answer(api.GET('/api/v1/reports/standards', { params: { query: commonOf(filter) } }))} sheetOf={sheetOf} />
}

function standardSheet({ t, write }: Say, rows: Schema<'Standard'>[], query: Common): Sheet<Schema<'Standard'>> {
  type Row = Schema<'Standard'>
  const purposeOf = (row: Row) => (row.purpose === undefined ? t('unclassified') : (row.purpose_name ?? row.purpose))
  const nameOf = (row: Row) => `${row.name}, ${purposeOf(row)}`
  const behind = (title: string, figure: StandardFigure, map: string, stage: string, purpose?: string): Behind => ({
    list: 'cases', key: [figure, map, stage, ...(purpose === undefined ? [] : [purpose])].join('~'), title: `${title}: ${t(`standards.${figure}`)}`,
    read: (page) => answer(api.GET('/api/v1/reports/standards/cases', { params: { query: { ...query, figure, map, stage, purpose, ...page } } })),
  })
  const stages = sumBy(rows, (row) => `${row.map}/${row.stage}`, { in_time: (row) => row.in_time, late: (row) => row.late, overdue: (row) => row.overdue, open: (row) => row.limited - row.in_time - row.late - row.overdue })
  const open = (figure: StandardFigure) => (i: number) => {
    const row = stages[i]?.rows[0]
    return row === undefined ? undefined : behind(row.name, figure, row.map, row.stage)
  }
  const bars = [['in_time', 'good'], ['late', 'late'], ['overdue', 'bad']] as const
  return {
    rows, nameOf, idOf: (row) => `${row.map}/${row.stage}/${row.purpose ?? ''}`,
    columns: [
      { key: 'stage', head: t('columns.stage'), text: (row) => row.name },
      { key: 'purpose', head: t('columns.purpose'), text: purposeOf },
      ...standardFigures.map((figure) => ({ key: figure, head: t(`standards.${figure}`), figure: (row: Row) => row[figure], summed: true, behind: (row: Row) => behind(nameOf(row), figure, row.map, row.stage, row.purpose ?? notKnown) })),
      { key: 'median', head: t('columns.median'), figure: (row) => (row.median_seconds === 0 ? undefined : row.median_seconds), unit: 'duration' as const },
      { key: 'p90', head: t('columns.p90'), figure: (row) => (row.p90_seconds === 0 ? undefined : row.p90_seconds), unit: 'duration' as const },
    ],
    charts: [
      {
        title: t('charts.standards'), kind: 'bars', stacked: true, categories: stages.map((stage) => stage.rows[0]?.name ?? ''), write,
        series: [
          ...bars.map(([figure, tone]) => ({ name: t(`standards.${figure}`), tone, values: stages.map((stage) => stage.sums[figure]), behind: open(figure) })),
          { name: t('standards.open'), tone: 'now' as const, values: stages.map((stage) => stage.sums.open) },
        ],
      },
    ],
  }
}
