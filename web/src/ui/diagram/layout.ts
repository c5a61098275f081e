import dagre from '@dagrejs/dagre'

import type { Schema } from '@/api/client'

export type Diagram = Schema<'Diagram'>
export type Stage = Schema<'DiagramStage'>
export type Way = Schema<'DiagramWay'>

/** What is written on a stage's card about ways that lead to no other card. */
export interface Chip {
  kind: 'cyclic' | 'positive' | 'negative' | 'join'
  name: string
}

/** A stage with its place; those of branches are placed relative to their branch. */
export interface Placed {
  stage: Stage
  chips: Chip[]
  x: number
  y: number
  width: number
  height: number
}

/** A line from one stage to another with the names of the ways that it stands for. */
export interface Line {
  id: string
  from: string
  to: string
  names: string[]
  kind: Way['kind']
  /** Where the line bends, and where its names stand, on the whole drawing. */
  points: { x: number; y: number }[]
  label: { x: number; y: number }
}

export interface Layout {
  stages: Placed[]
  lines: Line[]
  width: number
  height: number
}

const cardWidth = 230
const labelWidth = 150
const pad = 14
const title = 30 // of a branch

/** layOut says where everything of a map's diagram stands: from top to bottom, branches of a parallel stage side by side in it. */
export function layOut(diagram: Diagram): Layout {
  const stages = diagram.stages ?? []
  const ways = diagram.ways ?? []
  const inside = new Map<string, Stage[]>()
  for (const stage of stages) inside.set(stage.parent ?? '', [...(inside.get(stage.parent ?? '') ?? []), stage])
  const out: Layout = { stages: [], lines: [], width: 0, height: 0 }
  const whole = scope(inside.get('') ?? [], inside, ways)
  place(whole, 0, 0, out)
  return { ...out, width: whole.width, height: whole.height }
}

/** What has been laid out by itself, to be put somewhere. */
interface Scope {
  stages: { placed: Placed; branches: { placed: Placed; scope: Scope }[] }[]
  lines: Line[]
  width: number
  height: number
}

function scope(stages: Stage[], inside: Map<string, Stage[]>, ways: Way[]): Scope {
  const graph = new dagre.graphlib.Graph({ multigraph: false })
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 44, edgesep: 18, marginx: 12, marginy: 12 })
  const here = new Map(stages.map((stage) => [stage.path, measure(stage, inside, ways)]))
  for (const [path, one] of here) graph.setNode(path, { width: one.placed.width, height: one.placed.height })
  const lines = gather(ways.filter((way) => way.from !== undefined && way.to !== undefined && way.from !== way.to && here.has(way.from) && here.has(way.to)))
  for (const line of lines) {
    const rows = line.names.reduce((sum, name) => sum + Math.min(2, Math.ceil(name.length / 24)), 0)
    graph.setEdge(line.from, line.to, { width: line.names.length === 0 ? 0 : labelWidth, height: rows * 16 + (rows === 0 ? 0 : 6), labelpos: 'c' })
  }
  dagre.layout(graph)
  for (const [path, one] of here) {
    const at = graph.node(path) as { x: number; y: number }
    one.placed.x = at.x - one.placed.width / 2
    one.placed.y = at.y - one.placed.height / 2
  }
  for (const line of lines) {
    const at = graph.edge(line.from, line.to) as { points: Line['points']; x?: number; y?: number }
    line.points = at.points
    line.label = { x: at.x ?? 0, y: at.y ?? 0 }
  }
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return { stages: [...here.values()], lines, width: Math.max(0, width), height: Math.max(0, height) }
}

/** measure says how large a stage's card is, a parallel one's with its branches. */
function measure(stage: Stage, inside: Map<string, Stage[]>, ways: Way[]): Scope['stages'][number] {
  const chips = chipsOf(stage, ways)
  if (stage.kind !== 'parallel') return { placed: { stage, chips, x: 0, y: 0, width: cardWidth, height: heightOf(stage, chips) }, branches: [] }
  const head = heightOf(stage, chips)
  let x = pad
  let tallest = 0
  const branches = (inside.get(stage.path) ?? []).map((branch) => {
    const laid = scope(inside.get(branch.path) ?? [], inside, ways)
    const placed: Placed = { stage: branch, chips: [], x, y: head, width: Math.max(laid.width, 140), height: laid.height + title }
    x += placed.width + pad
    tallest = Math.max(tallest, placed.height)
    return { placed, scope: laid }
  })
  for (const branch of branches) branch.placed.height = tallest
  return { placed: { stage, chips, x: 0, y: 0, width: Math.max(x, cardWidth), height: head + tallest + pad }, branches }
}

function heightOf(stage: Stage, chips: Chip[]): number {
  const name = Math.min(3, linesOf(stage.name))
  const more = [stage.does, stage.performer, stage.limit].filter((text) => text !== undefined && text !== '').length
  return 20 + name * 19 + more * 18 + (chips.length === 0 ? 0 : 4) + chips.length * 24
}

// How many letters of a name find room in a line of its card.
const lineLetters = 20

/** linesOf is how many lines a name takes that is broken between its words. */
function linesOf(name: string): number {
  let lines = 1
  let used = 0
  for (const word of name.split(' ')) {
    if (used > 0 && used + 1 + word.length > lineLetters) {
      lines += 1
      used = 0
    }
    used += (used === 0 ? 0 : 1) + word.length
    lines += Math.floor((used - 1) / lineLetters)
    used = ((used - 1) % lineLetters) + 1
  }
  return lines
}

function chipsOf(stage: Stage, ways: Way[]): Chip[] {
  return ways.flatMap((way): Chip[] => {
    if (way.from !== stage.path) return []
    const name = way.name ?? ''
    if (way.end !== undefined) return [{ kind: way.end, name }]
    return way.to === stage.path ? [{ kind: 'cyclic', name }] : []
  })
}

/** gather puts the ways between the same two stages on one line. */
function gather(ways: Way[]): Line[] {
  const lines = new Map<string, Line>()
  for (const way of ways) {
    const id = `${way.from} → ${way.to}`
    const line = lines.get(id) ?? { id, from: way.from ?? '', to: way.to ?? '', names: [], kind: way.kind, points: [], label: { x: 0, y: 0 } }
    if (way.name !== undefined && way.name !== '') line.names.push(way.name)
    lines.set(id, line)
  }
  return [...lines.values()]
}

/** place puts a scope where it belongs: its cards stay relative to what they stand in, its lines are of the whole drawing. */
function place(of: Scope, left: number, top: number, out: Layout): void {
  const moved = ({ x, y }: { x: number; y: number }) => ({ x: x + left, y: y + top })
  for (const line of of.lines) out.lines.push({ ...line, points: line.points.map(moved), label: moved(line.label) })
  for (const { placed, branches } of of.stages) {
    const at = { x: placed.x + left, y: placed.y + top }
    out.stages.push({ ...placed, ...at })
    for (const branch of branches) {
      const corner = { x: at.x + branch.placed.x, y: at.y + branch.placed.y }
      out.stages.push({ ...branch.placed, ...corner })
      place(branch.scope, corner.x + (branch.placed.width - branch.scope.width) / 2, corner.y + title, out)
    }
  }
}

// Smaller letters nobody reads.
const smallest = 0.5

/** around is where one looks to see stages in a room of so many pixels: all of them from somewhat farther off than asked for, or else the first. */
export function around(stages: readonly Placed[], room: { width: number; height: number }, zoom: number): { x: number; y: number; zoom: number } | undefined {
  const [first] = stages
  if (first === undefined) return undefined
  const left = Math.min(...stages.map((one) => one.x))
  const top = Math.min(...stages.map((one) => one.y))
  const width = Math.max(...stages.map((one) => one.x + one.width)) - left
  const height = Math.max(...stages.map((one) => one.y + one.height)) - top
  const whole = Math.min(zoom, room.width / width, room.height / height)
  if (stages.length === 1 || whole < smallest) return { x: first.x + first.width / 2, y: first.y + first.height / 2, zoom }
  return { x: left + width / 2, y: top + height / 2, zoom: whole }
}
