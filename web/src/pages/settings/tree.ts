import type { Schema } from '@/api/client'

type Department = Schema<'Department'>

/** A department with those below it. */
export interface Branch {
  department: Department
  below: Branch[]
}

/** treeOf puts departments under those they are in, by name; one whose parent is not among them is at the top. */
export function treeOf(departments: Department[]): Branch[] {
  const known = new Set(departments.map((department) => department.id))
  const under = (parent: string | undefined): Branch[] =>
    departments
      .filter((department) => (department.parent_id !== undefined && known.has(department.parent_id) ? department.parent_id : undefined) === parent)
      .sort((a, b) => a.name.localeCompare(b.name))
      .map((department) => ({ department, below: under(department.id) }))
  return under(undefined)
}

/** withAllBelow is a department and all below it: none of them can be what it is moved under. */
export function withAllBelow(departments: Department[], id: string): Set<string> {
  const inside = new Set([id])
  for (let before = 0; before !== inside.size; ) {
    before = inside.size
    for (const department of departments) if (department.parent_id !== undefined && inside.has(department.parent_id)) inside.add(department.id)
  }
  return inside
}
