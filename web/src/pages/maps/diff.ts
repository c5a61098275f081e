/** A line of a comparison: as it was, as it is now, or in both. */
export interface Compared {
  kind: 'same' | 'added' | 'removed'
  text: string
}

// Beyond so many differing lines nobody reads a comparison, and finding the shortest takes long.
const most = 1500

/** compare tells line by line what has become of a text: the fewest lines added and removed (Myers' algorithm). */
export function compare(before: string, after: string): Compared[] {
  const a = before.split('\n')
  const b = after.split('\n')
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const same = (lines: string[]): Compared[] => lines.map((text) => ({ kind: 'same', text }))
  return [...same(a.slice(0, start)), ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...same(end === 0 ? [] : a.slice(-end))]
}

function middle(a: string[], b: string[]): Compared[] {
  const all: Compared[] = [...a.map((text) => ({ kind: 'removed', text }) as const), ...b.map((text) => ({ kind: 'added', text }) as const)]
  if (a.length === 0 || b.length === 0) return all
  const trace: Map<number, number>[] = []
  let best = new Map([[1, 0]])
  for (let d = 0; d <= Math.min(a.length + b.length, most); d++) {
    trace.push(best)
    const next = new Map(best)
    for (let k = -d; k <= d; k += 2) {
      let x = down(best, k, d) ? (best.get(k + 1) ?? 0) : (best.get(k - 1) ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      next.set(k, x)
      if (x >= a.length && x - k >= b.length) return walk(a, b, trace)
    }
    best = next
  }
  return all
}

const down = (best: Map<number, number>, k: number, d: number) => k === -d || (k !== d && (best.get(k - 1) ?? 0) < (best.get(k + 1) ?? 0))

/** walk goes back along the way that was found. */
function walk(a: string[], b: string[], trace: Map<number, number>[]): Compared[] {
  const lines: Compared[] = []
  let x = a.length
  let y = b.length
  for (let d = trace.length - 1; d >= 0; d--) {
    const best = trace[d] ?? new Map<number, number>()
    const k = x - y
    const from = down(best, k, d) ? k + 1 : k - 1
    const left = best.get(from) ?? 0
    const top = left - from
    while (x > left && y > top && x > 0 && y > 0) {
      x -= 1
      y -= 1
      lines.push({ kind: 'same', text: a[x] ?? '' })
    }
    if (d === 0) break
    if (x === left) {
      y -= 1
      lines.push({ kind: 'added', text: b[y] ?? '' })
    } else {
      x -= 1
      lines.push({ kind: 'removed', text: a[x] ?? '' })
    }
  }
  return lines.reverse()
}
