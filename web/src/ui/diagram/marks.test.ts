import { describe, expect, it } from 'vitest'

import { marksOf, standsAt } from './marks'

const stage = (path: string, state: 'done' | 'current' | 'ahead', visits = 1, overdue = false) => ({ path, state, visits, overdue })

describe('where a case is on the diagram of its map', () => {
  const drawn = new Set(['call', 'approval', 'approval/lawyer', 'approval/lawyer/check', 'delivery'])
  it('R33 marks what is done and what is current, and leaves alone what is ahead', () => {
    const marks = marksOf(drawn, [stage('call', 'done', 2), stage('approval', 'current', 1, true), stage('delivery', 'ahead', 0)])
    expect([...marks]).toEqual([['call', { state: 'done', badge: '×2' }], ['approval', { state: 'current', overdue: true }]])
  })
  it('R50 marks what has failed', () => {
    expect(marksOf(drawn, [{ ...stage('call', 'current'), failed: 'no_time' }]).get('call')).toEqual({ state: 'current', overdue: false, failed: true })
  })
  it('is at the drawn stage that a nested map stands in, and keeps in sight the innermost', () => {
    expect(standsAt(marksOf(drawn, [stage('delivery', 'current'), stage('delivery/pack', 'current')]))).toEqual(['delivery'])
    expect(standsAt(marksOf(drawn, [stage('approval', 'current'), stage('approval/lawyer/check', 'current')]))).toEqual(['approval/lawyer/check'])
    expect(standsAt(marksOf(drawn, [stage('call', 'done')]))).toEqual([])
  })
})
