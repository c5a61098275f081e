import { useParams } from 'react-router'

import { CalendarCard } from './CalendarCard'
import { CalendarList } from './CalendarList'

/** Calendars is the business calendars that time limits are counted on (R43): the list, and one of them. */
export default function Calendars() {
  const { id } = useParams()
  return id === undefined ? <CalendarList /> : <CalendarCard key={id} id={id} />
}
