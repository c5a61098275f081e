import { useKeyboardSensor, useMouseSensor, type FluidDragActions, type PreDragActions, type SensorAPI } from '@hello-pangea/dnd'
import { useEffect, useMemo } from 'react'

/** How long a finger rests on a card before it takes it along, and how far it may stray meanwhile: whoever only scrolls does neither. */
const rest = 400
const stray = 8

/** useKeySensor lifts the card whose handle has the focus: a key pressed on a link or a button within a card is meant for that. */
function useKeySensor(api: SensorAPI): void {
  const narrowed = useMemo<SensorAPI>(
    () => ({ ...api, findClosestDraggableId: (event) => (event.target instanceof Element && event.target.closest('a, button') !== null ? null : api.findClosestDraggableId(event)) }),
    [api],
  )
  useKeyboardSensor(narrowed)
}

/** useFingerSensor takes along a card that a finger has rested on. The library's own asks for a rest so short that it catches who scrolls. */
function useFingerSensor(api: SensorAPI): void {
  useEffect(() => fingers(api), [api])
}

/** sensors are what moves cards: mouse, finger and keyboard. */
export const sensors = [useMouseSensor, useKeySensor, useFingerSensor]

function fingers(api: SensorAPI): () => void {
  let waits: { timer: ReturnType<typeof setTimeout>; x: number; y: number; lock: PreDragActions } | undefined
  let drag: FluidDragActions | undefined
  const forget = () => {
    clearTimeout(waits?.timer)
    waits = undefined
    drag = undefined
  }
  const giveUp = () => {
    if (drag?.isActive() === true) drag.cancel()
    else if (waits?.lock.isActive() === true) waits.lock.abort()
    forget()
  }
  const start = (event: TouchEvent) => {
    const [finger] = event.touches
    if (event.touches.length > 1 || finger === undefined) {
      giveUp()
      return
    }
    const id = event.defaultPrevented ? null : api.findClosestDraggableId(event)
    const lock = id === null ? null : api.tryGetLock(id, forget, { sourceEvent: event })
    if (lock === null) return
    const { clientX: x, clientY: y } = finger
    const lift = () => {
      if (lock.isActive()) drag = lock.fluidLift({ x, y })
    }
    waits = { timer: setTimeout(lift, rest), x, y, lock }
  }
  const move = (event: TouchEvent) => {
    const [finger] = event.touches
    if (finger === undefined || waits === undefined) return
    if (drag !== undefined) {
      if (event.cancelable) event.preventDefault() // the page stays where it is
      drag.move({ x: finger.clientX, y: finger.clientY })
    } else if (Math.hypot(finger.clientX - waits.x, finger.clientY - waits.y) > stray) giveUp()
  }
  const end = (event: TouchEvent) => {
    if (drag === undefined) {
      giveUp()
      return
    }
    if (event.cancelable) event.preventDefault() // it is no click
    drag.drop({ shouldBlockNextClick: true })
    forget()
  }
  // A long rest on a link is no question about that link.
  const menu = (event: Event) => {
    if (waits !== undefined) event.preventDefault()
  }
  const heard = [['touchstart', start], ['touchmove', move], ['touchend', end], ['touchcancel', giveUp], ['contextmenu', menu], ['orientationchange', giveUp], ['resize', giveUp]] as const
  for (const [name, hear] of heard) window.addEventListener(name, hear as EventListener, { capture: true, passive: false })
  return () => {
    giveUp()
    for (const [name, hear] of heard) window.removeEventListener(name, hear as EventListener, { capture: true })
  }
}
