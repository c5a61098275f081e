const fields = 'input:enabled:not([type=hidden], [type=file], [aria-hidden]), textarea:enabled, select:enabled'

/** firstField is where a form begins; undefined: there is none, or what it begins with is still being loaded. */
export function firstField(form: HTMLElement): HTMLElement | undefined {
  const first = form.querySelector<HTMLInputElement>(`${fields}, input[data-loading]`)
  if (first === null || first.dataset.loading !== undefined) return undefined
  const chosen = first.type === 'radio' ? form.querySelector<HTMLElement>(`input[name="${CSS.escape(first.name)}"]:checked`) : null
  return chosen ?? first
}

/** whenChanged watches a form until `done` says that there is nothing more to wait for; what it gives ends that before. */
export function whenChanged(form: HTMLElement, done: () => boolean): () => void {
  const waiting = new MutationObserver(() => done() && waiting.disconnect())
  waiting.observe(form, { childList: true, subtree: true })
  return () => waiting.disconnect()
}
