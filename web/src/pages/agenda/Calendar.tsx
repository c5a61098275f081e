import { ActionIcon, Anchor, Button, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowUp, IconPlus } from '@tabler/icons-react'
import { useLayoutEffect, useRef, useState, type DragEvent, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useBlocks, useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { dayAfter, instantOf, wallOf, type Wall } from '@/i18n/wall'
import { useInteractionActions } from '@/ui/interactions/actions'
import type { Interaction } from '@/ui/interactions/draft'
import type { InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { InteractionIcon } from '@/ui/interactions/KindChoice'

import classes from './Agenda.module.css'
import type { AgendaItem } from './useAgenda'

interface Props {
  days: string[]
  items: AgendaItem[]
  now: number
  onAsk: (asked: InteractionAsked) => void
}

/** Shown is an item with its place on the calendar of the user's time zone. */
interface Shown {
  item: AgendaItem
  wall: Wall
}

function useShown(items: AgendaItem[]): Shown[] {
  const { timeZone } = useFormat()
  return items.map((item) => ({ item, wall: wallOf(item.at, timeZone) }))
}

const workday = { first: 8, last: 19 }

/** HoursCalendar is one day or a week, hour by hour; hours outside the working day are there when something lies in them. */
export function HoursCalendar({ days, items, now, onAsk }: Props) {
  const { t } = useTranslation('agenda')
  const format = useFormat()
  const shown = useShown(items)
  const today = format.dayKey(new Date(now))
  const used = shown.map(({ wall }) => Number(wall.time.slice(0, 2)))
  const first = Math.min(workday.first, ...used)
  const hours = Array.from({ length: Math.max(workday.last, ...used) - first + 1 }, (_, k) => first + k)
  const frame = useRef<HTMLDivElement>(null)
  const shownFrom = `${days[0]} ${first}`
  // One begins with the working day, also where something lies before it.
  useLayoutEffect(() => {
    const scrolled = frame.current
    const begins = scrolled?.querySelector<HTMLElement>('[data-workday]')
    const head = scrolled?.querySelector('thead')
    if (scrolled && begins && head) scrolled.scrollTop = begins.offsetTop - head.clientHeight
  }, [shownFrom])
  const plan = usePlan(onAsk)
  const early = shown.filter(({ item, wall }) => item.interaction !== undefined && Date.parse(item.at) < now && Number(wall.time.slice(0, 2)) < workday.first).length
  const toEarly = () => frame.current?.querySelector<HTMLElement>('[data-overdue]')?.focus()
  return (
    <>
      {early > 0 && (
        <Button variant="light" color="red" size="compact-md" mb="xs" leftSection={<IconArrowUp size={15} aria-hidden />} onClick={toEarly}>
          {t('early', { count: early, time: `${String(workday.first).padStart(2, '0')}:00` })}
        </Button>
      )}
      <div ref={frame} className={`panel ${classes.scroll} ${classes.hours}`} tabIndex={0} role="region" aria-label={t('calendar')}>
        <table className={classes.calendar} data-wide={days.length > 1 || undefined}>
          <thead>
            <tr>
              <th className={classes.hour}>
                <VisuallyHidden>{t('hour')}</VisuallyHidden>
              </th>
              {days.map((day) => (
                <th key={day} scope="col">
                  <span className={classes.dayName}>
                    {format.weekday(day)}
                    {plan !== undefined && <PlanOn day={day} plan={plan} />}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour} data-workday={hour === workday.first || undefined}>
                <th scope="row" className={classes.hour}>
                  {`${String(hour).padStart(2, '0')}:00`}
                </th>
                {days.map((day) => {
                  const begins: Wall = { date: day, time: `${String(hour).padStart(2, '0')}:00` }
                  return (
                    <Slot key={day} className={classes.slot} today={day === today} moveTo={(wall) => ({ date: day, time: `${begins.time.slice(0, 3)}${wall.time.slice(3, 5)}` })} items={items} onPlan={plan && (() => plan(begins))}>
                      {shown
                        .filter(({ wall }) => wall.date === day && Number(wall.time.slice(0, 2)) === hour)
                        .map((one) => (
                          <Entry key={one.item.interaction?.id ?? one.item.appeal?.id} shown={one} now={now} onAsk={onAsk} byHours />
                        ))}
                    </Slot>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** usePlan opens planning with a time of the calendar; nothing for who does not plan. */
function usePlan(onAsk: Props['onAsk']): ((wall: Wall) => void) | undefined {
  const { timeZone } = useFormat()
  const works = useRight('work')
  const { interactions } = useBlocks()
  if (!works || !interactions) return undefined
  return (wall) => {
    const at = instantOf(wall, timeZone)
    if (at !== undefined) onAsk({ to: 'plan', about: { at } })
  }
}

/** PlanOn plans on a day without a click on an empty place of it: by the keyboard, and where a day is full. */
function PlanOn({ day, plan }: { day: string; plan: (wall: Wall) => void }) {
  const { t } = useTranslation('agenda')
  const format = useFormat()
  return (
    <ActionIcon variant="subtle" color="gray" size={24} className={classes.planOn ?? ''} aria-label={t('planOn', { day: format.calendarDate(day) })} onClick={() => plan({ date: day, time: usualTime })}>
      <IconPlus size={15} aria-hidden />
    </ActionIcon>
  )
}

const inACell = 4
const usualTime = '10:00'

/** MonthCalendar is a month in weeks. */
export function MonthCalendar({ days, items, now, onAsk, month, onDay }: Props & { month: string; onDay: (day: string) => void }) {
  const { t } = useTranslation('agenda')
  const format = useFormat()
  const plan = usePlan(onAsk)
  const shown = useShown(items)
  const today = format.dayKey(new Date(now))
  const weeks = Array.from({ length: days.length / 7 }, (_, k) => days.slice(k * 7, k * 7 + 7))
  return (
    <div className={`panel ${classes.scroll}`} tabIndex={0} role="region" aria-label={t('calendar')}>
      <table className={classes.calendar} data-wide>
        <thead>
          <tr>
            {days.slice(0, 7).map((day) => (
              <th key={day} scope="col">
                {format.weekdayName(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => {
                const here = shown.filter(({ wall }) => wall.date === day)
                return (
                  <Slot key={day} className={classes.cell} today={day === today} other={!day.startsWith(month)} moveTo={(wall) => ({ date: day, time: wall.time })} items={items} onPlan={plan && (() => plan({ date: day, time: usualTime }))}>
                    <span className={classes.dayName}>
                      <UnstyledButton className={classes.number} onClick={() => onDay(day)} aria-label={format.calendarDate(day)} aria-current={day === today ? 'date' : undefined}>
                        {Number(day.slice(8))}
                      </UnstyledButton>
                      {plan !== undefined && <PlanOn day={day} plan={plan} />}
                    </span>
                    {here.slice(0, inACell).map((one) => (
                      <Entry key={one.item.interaction?.id ?? one.item.appeal?.id} shown={one} now={now} onAsk={onAsk} />
                    ))}
                    {here.length > inACell && (
                      <Anchor component="button" size="xs" onClick={() => onDay(day)}>
                        {t('more', { count: here.length - inACell })}
                      </Anchor>
                    )}
                  </Slot>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface SlotProps {
  className: string | undefined
  today: boolean
  other?: boolean
  /** Where something dropped here goes to, from where it was. */
  moveTo: (from: Wall) => Wall
  items: AgendaItem[]
  /** What a click on its empty place begins; nothing for who only looks on. */
  onPlan: (() => void) | undefined
  children: ReactNode
}

const dragged = 'text/x-interaction'

/** Slot is a place that an interaction can be dragged to. */
function Slot({ className, today, other = false, moveTo, items, onPlan, children }: SlotProps) {
  const move = useMove()
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    setOver(false)
    const id = event.dataTransfer.getData(dragged)
    const interaction = items.find((item) => item.interaction?.id === id)?.interaction
    if (interaction === undefined) return
    event.preventDefault()
    move(interaction, moveTo)
  }
  const take = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(dragged)) return
    event.preventDefault()
    setOver(true)
  }
  return (
    <td
      className={className}
      data-today={today || undefined}
      data-other={other || undefined}
      data-over={over || undefined}
      onDragOver={take}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      data-plans={onPlan !== undefined || undefined}
      onClick={(event) => event.target === event.currentTarget && onPlan?.()}
    >
      {children}
    </td>
  )
}

/** useMove gives an interaction another place on the calendar. */
function useMove(): (interaction: Interaction, to: (from: Wall) => Wall) => void {
  const { timeZone } = useFormat()
  const actions = useInteractionActions()
  return (interaction, to) => {
    const at = instantOf(to(wallOf(interaction.at, timeZone)), timeZone)
    if (at !== undefined && Date.parse(at) !== Math.floor(Date.parse(interaction.at) / 60_000) * 60_000) void actions.move(interaction, at)
  }
}

interface EntryProps {
  shown: Shown
  now: number
  onAsk: Props['onAsk']
  byHours?: boolean
}

/** Entry is an interaction on the calendar, which the mouse drags and Shift with the arrow keys moves, or an appeal that is due. */
function Entry({ shown: { item, wall }, now, onAsk, byHours = false }: EntryProps) {
  const { t } = useTranslation('agenda')
  const { t: common } = useTranslation()
  const works = useRight('work')
  const move = useMove()
  const { interaction, appeal } = item
  if (interaction === undefined) {
    return appeal === undefined ? null : (
      <Link to={`/cases/${appeal.number}`} className={classes.event} data-appeal>
        <span>
          {appeal.number} {appeal.topic}
        </span>
      </Link>
    )
  }
  const name = interaction.topic || common(`interactionKinds.${interaction.kind}`)
  const steps: Record<string, (from: Wall) => Wall> = {
    ArrowLeft: (from) => ({ ...from, date: dayAfter(from.date ?? '', -1) }),
    ArrowRight: (from) => ({ ...from, date: dayAfter(from.date ?? '', 1) }),
    ArrowUp: (from) => (byHours ? hoursOn(from, -1) : { ...from, date: dayAfter(from.date ?? '', -7) }),
    ArrowDown: (from) => (byHours ? hoursOn(from, 1) : { ...from, date: dayAfter(from.date ?? '', 7) }),
  }
  const press = (event: KeyboardEvent) => {
    const step = steps[event.key]
    if (!works || !event.shiftKey || step === undefined) return
    event.preventDefault()
    move(interaction, step)
  }
  return (
    <UnstyledButton
      className={classes.event}
      data-overdue={Date.parse(interaction.at) < now || undefined}
      draggable={works}
      onDragStart={(event) => event.dataTransfer.setData(dragged, interaction.id)}
      onKeyDown={press}
      onClick={() => onAsk({ to: 'edit', id: interaction.id })}
      title={`${wall.time} ${name}. ${t('moveHint')}`}
      aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown"
    >
      <InteractionIcon kind={interaction.kind} size={13} />
      <span>
        {wall.time} {name}
      </span>
    </UnstyledButton>
  )
}

/** hoursOn is so many hours later on the same day. */
function hoursOn(from: Wall, by: number): Wall {
  const hour = Math.min(23, Math.max(0, Number(from.time.slice(0, 2)) + by))
  return { ...from, time: `${String(hour).padStart(2, '0')}${from.time.slice(2)}` }
}
