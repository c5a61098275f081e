import { heads, useDepartments, useUsers } from '@/api/people'
import { useMe, useRight } from '@/app/session'

/** useStaff are those whose absences one plans: oneself, those one heads, and, for whoever leads, everybody. */
export function useStaff(): (id: string) => boolean {
  const me = useMe()
  const leads = useRight('lead')
  const users = useUsers()
  const departments = useDepartments()
  return (id) => me !== undefined && (leads || id === me.id || heads(me.id, users.find((user) => user.id === id), departments))
}
