import '@xyflow/react/dist/base.css'

import { ActionIcon, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconArrowBarToRight, IconArrowUpRight, IconBolt, IconCircleCheck, IconCircleX, IconClock, IconFocusCentered, IconGitBranch, IconMinus, IconPlus, IconRepeat, IconRoute, IconUser, IconUserCheck, type Icon } from '@tabler/icons-react'
import { BaseEdge, EdgeLabelRenderer, Handle, Position, ReactFlow, ReactFlowProvider, useReactFlow, useStore, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react'
import { useEffect, useMemo, type KeyboardEvent, type TouchEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import classes from './diagram.module.css'
import { around, layOut, type Chip, type Diagram, type Line, type Placed } from './layout'
import type { Mark } from './marks'

interface Props {
  diagram: Diagram
  marks?: ReadonlyMap<string, Mark>
  selected?: string | undefined
  onSelect?: (path: string) => void
  /** Of the canvas, in pixels; `content` makes it as high as the drawing, within reason. */
  height?: number | 'content'
  /** Kept in sight, all of them where they find room. */
  follow?: readonly string[]
  /** What is drawn is not what is written any more. */
  faded?: boolean
  /** Its name where it is one of a card's parts: little of it shows there, in letters to be read, and one moves it by key, too. */
  panel?: string
}

/**
 * MapDiagram draws a route map (R53). It is for the eyes only: whoever cannot see or point has the list of stages beside it (StageList), which
 * says the same.
 */
export default function MapDiagram(props: Props) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  )
}

type StageNode = Node<{ placed: Placed; mark: Mark | undefined; chosen: boolean }, 'stage'>
type LineEdge = Edge<{ line: Line }, 'line'>

const nodeTypes = { stage: StageCard }
const edgeTypes = { line: LineBetween }

function Drawing({ diagram, marks, selected, onSelect, height = 'content', follow, faded = false, panel }: Props) {
  const { t } = useTranslation('maps')
  const laid = useMemo(() => layOut(diagram), [diagram])
  const nodes = useMemo<StageNode[]>(
    () =>
      laid.stages.map((placed) => ({
        id: placed.stage.path, type: 'stage', position: { x: placed.x, y: placed.y }, width: placed.width, height: placed.height,
        data: { placed, mark: marks?.get(placed.stage.path), chosen: placed.stage.path === selected },
        zIndex: placed.stage.path.split('/').length,
      })),
    [laid, marks, selected],
  )
  const edges = useMemo<LineEdge[]>(() => laid.lines.map((line) => ({ id: line.id, type: 'line', source: line.from, target: line.to, data: { line }, zIndex: 10 })), [laid])
  const flow = useReactFlow()
  const wide = useStore((state) => state.width)
  const high = height === 'content' ? Math.min(1100, Math.max(320, laid.height * readable(laid.width, wide) + 32)) : height
  // At first as much is shown as can be read, from the beginning on.
  useEffect(() => {
    if (wide === 0) return
    const whole = Math.min(1, (wide - 32) / laid.width, (high - 32) / laid.height)
    const zoom = Math.max(whole, Math.min(0.7, readable(laid.width, wide)))
    // Of what is wider than the window the stage it begins with is in the middle, whole.
    const first = laid.width * zoom > wide ? laid.stages[0] : undefined
    const middle = first === undefined ? laid.width / 2 : first.x + first.width / 2
    void flow.setViewport({ x: wide / 2 - middle * zoom, y: Math.max(16, (high - laid.height * zoom) / 2), zoom })
  }, [flow, laid, wide, high])
  // As one text: the same places in another list are nothing to move for.
  const shown = selected ?? follow?.join('\n')
  const nearest = panel === undefined ? 0.7 : legible
  useEffect(() => {
    if (shown === undefined || wide === 0) return
    const paths = shown.split('\n')
    const sight = around(laid.stages.filter((one) => paths.includes(one.stage.path)), { width: wide - 32, height: high - 32 }, Math.max(nearest, flow.getZoom()))
    if (sight !== undefined) void flow.setCenter(sight.x, sight.y, { zoom: sight.zoom, duration: reduced() ? 0 : 250 })
  }, [flow, laid, wide, high, shown, nearest])
  const byKey = (event: KeyboardEvent) => {
    const way = ways[event.key]
    if (event.target !== event.currentTarget || way === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    const { x, y, zoom } = flow.getViewport()
    if (typeof way === 'number') void flow.zoomTo(zoom * way)
    else void flow.setViewport({ x: x + way.x, y: y + way.y, zoom })
  }
  const anywhere = (diagram.ways ?? []).filter((way) => way.from === undefined && way.end !== undefined)
  return (
    <div className={classes.frame} data-faded={faded || undefined} {...(panel === undefined ? {} : { role: 'group', 'aria-label': panel, 'aria-keyshortcuts': Object.keys(ways).join(' '), tabIndex: 0, onKeyDown: byKey })}>
      <div className={classes.canvas} style={{ height: high }} aria-hidden="true" onTouchStartCapture={leaveToPage}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodeClick={(_, node) => onSelect?.(node.id)}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          onlyRenderVisibleElements={nodes.length > 150}
          minZoom={0.1}
          maxZoom={1.75}
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        >
          <Arrows />
        </ReactFlow>
      </div>
      <Group gap={4} className={classes.controls}>
        <ActionIcon variant="default" size="lg" aria-label={t('diagram.zoomIn')} onClick={() => void flow.zoomIn()}>
          <IconPlus size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label={t('diagram.zoomOut')} onClick={() => void flow.zoomOut()}>
          <IconMinus size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label={t('diagram.fit')} onClick={() => void flow.fitView({ padding: 0.08, maxZoom: 1 })}>
          <IconFocusCentered size={16} aria-hidden />
        </ActionIcon>
      </Group>
      {anywhere.length > 0 && (
        <Group gap={6} className={classes.anywhere} aria-hidden="true">
          <Text size="xs" c="dimmed">
            {t('diagram.anywhere')}
          </Text>
          {anywhere.map((way) => (
            <ChipLine key={way.outcome} chip={{ kind: way.end ?? 'negative', name: way.name ?? '' }} />
          ))}
        </Group>
      )}
    </div>
  )
}

/** leaveToPage lets one finger scroll the page; two move the drawing. */
function leaveToPage(event: TouchEvent) {
  if (event.touches.length === 1) event.stopPropagation()
}

/** legible is the zoom at which the smallest letters of a diagram are as high as those of the page's own small ones. */
const legible = 0.95

/** What keys do to a diagram that has the focus: how far it goes, or how many times larger it gets. */
const ways: Record<string, number | { x: number; y: number }> = {
  ArrowLeft: { x: 60, y: 0 }, ArrowRight: { x: -60, y: 0 }, ArrowUp: { x: 0, y: 60 }, ArrowDown: { x: 0, y: -60 }, '+': 1.2, '=': 1.2, '-': 1 / 1.2,
}

/** readable is the zoom at which a drawing fits the width and can be read. */
const readable = (width: number, wide: number) => Math.max(0.4, Math.min(0.9, (wide - 32) / width))

const reduced = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

const kinds: Record<Placed['stage']['kind'], Icon> = { task: IconUserCheck, choice: IconGitBranch, parallel: IconGitBranch, branch: IconGitBranch, route: IconRoute, action: IconBolt, wait: IconClock }

function StageCard({ data: { placed, mark, chosen } }: NodeProps<StageNode>) {
  const { stage, chips } = placed
  const Kind = kinds[stage.kind]
  return (
    <div className={classes.card} data-kind={stage.kind} data-state={mark?.state} data-overdue={mark?.overdue === true || undefined} data-failed={mark?.failed || undefined} data-chosen={chosen || undefined} data-stage={stage.path}>
      <Handle type="target" position={Position.Top} className={classes.handle} isConnectable={false} />
      <div className={classes.name}>
        {mark?.failed === true ? <IconAlertTriangle size={15} className={classes.failed} /> : stage.kind !== 'branch' && <Kind size={15} className={classes.icon} />}
        <span className={classes.nameText}>{stage.name}</span>
        {mark?.badge !== undefined && <span className={classes.badge}>{mark.badge}</span>}
      </div>
      {stage.does !== undefined && stage.does !== '' && (
        <div className={classes.meta}>
          {stage.map === undefined ? (
            stage.does
          ) : (
            <Link to={`/maps/${stage.map}`} tabIndex={-1} className="quiet-link" onClick={(event) => event.stopPropagation()}>
              {stage.does} <IconArrowUpRight size={13} />
            </Link>
          )}
        </div>
      )}
      {stage.performer !== undefined && stage.performer !== '' && (
        <div className={classes.meta}>
          <IconUser size={13} /> {stage.performer}
        </div>
      )}
      {stage.limit !== undefined && stage.limit !== '' && (
        <div className={classes.meta}>
          <IconClock size={13} /> {stage.limit}
        </div>
      )}
      {chips.map((chip, i) => (
        <ChipLine key={i} chip={chip} />
      ))}
      <Handle type="source" position={Position.Bottom} className={classes.handle} isConnectable={false} />
    </div>
  )
}

const chipIcons: Record<Chip['kind'], Icon> = { cyclic: IconRepeat, positive: IconCircleCheck, negative: IconCircleX, join: IconArrowBarToRight }

function ChipLine({ chip }: { chip: Chip }) {
  const Sign = chipIcons[chip.kind]
  return (
    <div className={classes.chip} data-kind={chip.kind}>
      <Sign size={14} /> <span className={classes.chipText}>{chip.name}</span>
    </div>
  )
}

function LineBetween({ data }: EdgeProps<LineEdge>) {
  if (data === undefined) return null
  const { line } = data
  return (
    <>
      <BaseEdge path={curve(line.points)} markerEnd="url(#marshrut-arrow)" className={classes.line ?? ''} data-kind={line.kind} />
      {line.names.length > 0 && (
        <EdgeLabelRenderer>
          <div className={classes.label} style={{ transform: `translate(-50%, -50%) translate(${line.label.x}px, ${line.label.y}px)` }}>
            {line.names.map((name, i) => (
              <div key={i} className={classes.labelText}>
                {name}
              </div>
            ))}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
}

/** curve is a smooth line through points. */
function curve(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ''
  let path = `M ${first.x} ${first.y}`
  for (let i = 0; i < rest.length - 1; i++) {
    const at = rest[i]
    const next = rest[i + 1]
    if (at === undefined || next === undefined) continue
    const end = i === rest.length - 2 ? next : { x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 }
    path += ` Q ${at.x} ${at.y} ${end.x} ${end.y}`
  }
  return rest.length === 1 ? `${path} L ${last.x} ${last.y}` : path
}

function Arrows() {
  return (
    <svg className={classes.defs}>
      <defs>
        <marker id="marshrut-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path d="M 0 0 L 10 5 L 0 10 z" className={classes.arrow} />
        </marker>
      </defs>
    </svg>
  )
}
