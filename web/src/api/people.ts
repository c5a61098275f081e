import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { answer, api, type Schema } from './client'
import { keys } from './keys'

export type User = Schema<'User'>
export type Department = Schema<'Department'>
export type Performer = Schema<'Performer'>

// Colleagues and departments change seldom, and names of them are on every page.
const seldom = 5 * 60_000

/** useUsers is everybody who works or has worked here. */
export function useUsers(): User[] {
  const { data } = useQuery({ queryKey: keys.users, queryFn: () => answer(api.GET('/api/v1/users')), staleTime: seldom })
  return data?.items ?? none
}

const none: never[] = []

/** useDepartments is all departments. */
export function useDepartments(): Department[] {
  const { data } = useQuery({ queryKey: keys.departments, queryFn: () => answer(api.GET('/api/v1/departments')), staleTime: seldom })
  return data?.items ?? none
}

/** useRoles is all roles. */
export function useRoles(): Schema<'Role'>[] {
  const { data } = useQuery({ queryKey: keys.roles, queryFn: () => answer(api.GET('/api/v1/roles')), staleTime: seldom })
  return data?.items ?? none
}

/** useUserName answers the name of a user by id; empty while it is not known. */
export function useUserName(): (id: string | undefined) => string {
  const users = useUsers()
  const names = useMemo(() => new Map(users.map((user) => [user.id, user.name])), [users])
  return useCallback((id) => (id === undefined ? '' : (names.get(id) ?? '')), [names])
}

/** usePerformerName answers what a task's performer is called: a user, or the pool of a role or a department. */
export function usePerformerName(): (performer: Performer | undefined) => string {
  const userName = useUserName()
  const departments = useDepartments()
  const roles = useRoles()
  return useCallback(
    (performer) => {
      if (performer === undefined) return ''
      if (performer.user_id !== undefined) return userName(performer.user_id)
      if (performer.role !== undefined) return roles.find((role) => role.key === performer.role)?.name ?? performer.role
      return departments.find((department) => department.id === performer.department_id)?.name ?? ''
    },
    [userName, departments, roles],
  )
}

/** heads tells whether somebody is the head of a user's department, or of one above it. */
export function heads(head: string, user: User | undefined, departments: Department[]): boolean {
  let at = departments.find((one) => one.id === user?.department_id)
  for (let up = 0; at !== undefined && up < 50; up += 1) {
    if (at.head_id === head) return true
    const above = at.parent_id
    at = departments.find((one) => one.id === above)
  }
  return false
}

/** useReference is the items of a reference list: loss_reason, claim_reason, channel or purpose. What is out of use is among them. */
export function useReference(list: 'loss_reason' | 'claim_reason' | 'channel' | 'purpose'): Schema<'ReferenceItem'>[] {
  const { data } = useQuery({ queryKey: keys.reference(list), queryFn: () => answer(api.GET('/api/v1/reference-lists/{list}', { params: { path: { list } } })), staleTime: seldom })
  return data?.items ?? none
}
