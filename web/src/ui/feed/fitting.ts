/** handful is how many entries show where nothing says how many fit. */
export const handful = 5

/**
 * fitting is how many of a feed's newest entries fit into its room. Places are their lower edges from the oldest on, where the list begins at 0,
 * the last being its whole height: what stands between them, the names of days, counts too. The newest shows however small the room is.
 */
export function fitting(places: readonly number[], room: number): number {
  const whole = places.at(-1) ?? 0
  let count = 0
  while (count < places.length && whole - (places[places.length - count - 2] ?? 0) <= room) count++
  return Math.max(Math.min(1, places.length), count)
}
