import { describe, expect, test } from 'vitest'

import { around, layOut, type Diagram, type Placed } from './layout'

const stage = (path: string, kind: 'task' | 'parallel' | 'branch' = 'task', parent?: string) => ({ path, name: path, kind, ...(parent === undefined ? {} : { parent }) })

const diagram: Diagram = {
  stages: [
    stage('begin'),
    stage('both', 'parallel'),
    stage('both/left', 'branch', 'both'),
    stage('both/left/a', 'task', 'both/left'),
    stage('both/left/b', 'task', 'both/left'),
    stage('both/right', 'branch', 'both'),
    stage('both/right/a', 'task', 'both/right'),
    stage('end'),
  ],
  ways: [
    { from: 'begin', to: 'both', kind: 'plain', name: 'On', outcome: 'on' },
    { from: 'begin', to: 'both', kind: 'plain', name: 'On at once', outcome: 'at-once' },
    { from: 'begin', to: 'begin', kind: 'cyclic', name: 'Again', outcome: 'again' },
    { from: 'both/left/a', to: 'both/left/b', kind: 'plain', name: '' },
    { from: 'both/left/b', end: 'join', kind: 'plain', name: 'Done' },
    { from: 'both/right/a', end: 'join', kind: 'plain', name: 'Done' },
    { from: 'both', to: 'end', kind: 'plain' },
    { from: 'end', to: 'begin', kind: 'plain', name: 'Back' },
    { from: 'end', to: 'nowhere', kind: 'plain', name: 'Lost' },
    { end: 'negative', kind: 'plain', name: 'Lost' },
  ],
}

const within = (inner: Placed, outer: Placed) => inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height
const apart = (a: Placed, b: Placed) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y

describe('R53 where the stages of a diagram stand', () => {
  const { stages, lines, width, height } = layOut(diagram)
  const at = (path: string) => {
    const found = stages.find((one) => one.stage.path === path)
    if (found === undefined) throw new Error(`no ${path}`)
    return found
  }

  test('every stage has a place on the drawing', () => {
    expect(stages.map((one) => one.stage.path).sort()).toEqual((diagram.stages ?? []).map((one) => one.path).sort())
    for (const one of stages) expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height, one.stage.path).toBe(true)
  })

  test('branches stand in their stage, side by side, and their stages in them', () => {
    for (const [inner, outer] of [['both/left', 'both'], ['both/right', 'both'], ['both/left/a', 'both/left'], ['both/left/b', 'both/left'], ['both/right/a', 'both/right']] as const) expect(within(at(inner), at(outer)), inner).toBe(true)
    for (const [a, b] of [['both/left', 'both/right'], ['both/left/a', 'both/left/b'], ['begin', 'both'], ['both', 'end']] as const) expect(apart(at(a), at(b)), `${a}, ${b}`).toBe(true)
  })

  test('ways between the same stages share a line; the others are written on the card', () => {
    expect(lines.map((line) => [line.id, line.names])).toEqual(expect.arrayContaining([['begin → both', ['On', 'On at once']], ['end → begin', ['Back']]]))
    expect(lines.some((line) => line.to === 'nowhere')).toBe(false)
    expect(at('begin').chips).toEqual([{ kind: 'cyclic', name: 'Again' }])
    expect(at('both/right/a').chips).toEqual([{ kind: 'join', name: 'Done' }])
  })

  test('an empty map is an empty drawing', () => expect(layOut({ stages: [], ways: [] }).stages).toEqual([]))
})

describe('R53 what of a drawing is looked at', () => {
  const { stages } = layOut(diagram)
  const [left, right] = ['both/left/a', 'both/right/a'].map((path) => stages.filter((one) => one.stage.path === path)) as [Placed[], Placed[]]

  test('one stage stands in the middle', () => {
    const [one] = left as [Placed]
    expect(around(left, { width: 300, height: 300 }, 0.95)).toEqual({ x: one.x + one.width / 2, y: one.y + one.height / 2, zoom: 0.95 })
    expect(around([], { width: 300, height: 300 }, 1)).toBeUndefined()
  })

  test('of branches that go on side by side all are seen, from as far off as is needed', () => {
    const both = [...left, ...right]
    for (const width of [340, 390, 560, 2000]) {
      const sight = around(both, { width, height: 400 }, 0.95)
      if (sight === undefined) throw new Error('nothing to look at')
      expect(sight.zoom).toBeLessThanOrEqual(0.95)
      for (const one of both) {
        expect((sight.y - one.y) * sight.zoom).toBeLessThanOrEqual(200.01)
        expect((one.y + one.height - sight.y) * sight.zoom).toBeLessThanOrEqual(200.01)
        expect((sight.x - one.x) * sight.zoom).toBeLessThanOrEqual(width / 2 + 0.01)
        expect((one.x + one.width - sight.x) * sight.zoom).toBeLessThanOrEqual(width / 2 + 0.01)
      }
    }
  })

  test('where they find no room in letters to be read, the first is', () => {
    const [first] = left as [Placed]
    expect(around([...left, ...right], { width: 200, height: 400 }, 0.95)).toEqual({ x: first.x + first.width / 2, y: first.y + first.height / 2, zoom: 0.95 })
  })
})
