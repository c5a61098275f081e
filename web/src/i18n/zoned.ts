/** toInput is a moment as a field of the type datetime-local has it, by the clock of a time zone. */
export function toInput(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(iso)).replace(' ', 'T')
}

/** fromInput is the moment of what was typed into such a field: 2026-03-02T14:05 there. */
export function fromInput(text: string, timeZone: string): string {
  const asUTC = Date.parse(`${text}:00Z`)
  // The zone's distance from UTC is that of the moment itself: looked up twice, it is right beside a change of the clocks, too.
  let at = asUTC
  for (let i = 0; i < 2; i += 1) at = asUTC - (Date.parse(`${toInput(new Date(at).toISOString(), timeZone)}:00Z`) - at)
  return new Date(at).toISOString()
}
