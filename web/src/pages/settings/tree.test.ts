import { describe, expect, it } from 'vitest'

import type { Schema } from '@/api/client'

import { treeOf, withAllBelow } from './tree'

const department = (id: string, parent_id?: string): Schema<'Department'> => ({ id, key: id, name: id, names: { ru: id, en: id }, active: true, ...(parent_id === undefined ? {} : { parent_id }) })

describe('departments', () => {
  const all = [department('south', 'sales'), department('sales'), department('omsk', 'south'), department('service'), department('lost', 'nowhere')]
  it('are a tree, by name at each level', () => {
    const names = (branches: ReturnType<typeof treeOf>): unknown[] => branches.map((b) => (b.below.length === 0 ? b.department.id : [b.department.id, names(b.below)]))
    expect(names(treeOf(all))).toEqual(['lost', ['sales', [['south', ['omsk']]]], 'service'])
  })
  it('cannot be put under themselves or what is below them', () => {
    expect([...withAllBelow(all, 'sales')].sort()).toEqual(['omsk', 'sales', 'south'])
  })
})
