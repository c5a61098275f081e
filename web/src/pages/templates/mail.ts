/**
 * mailPage makes of a letter's HTML a page that can be shown under the workplace's policy: the policy lets in style sheets with its
 * nonce only, and no style attributes, so these become rules. Nothing in it can run: the frame it is shown in is a sandbox.
 */
export function mailPage(html: string, nonce: string): string {
  const page = new DOMParser().parseFromString(unstyled(html), 'text/html')
  const rules: string[] = []
  page.querySelectorAll('x-style').forEach((sheet) => {
    rules.push(sheet.textContent)
    sheet.remove()
  })
  page.querySelectorAll('[data-style]').forEach((element, i) => {
    const style = element.getAttribute('data-style') ?? ''
    if (/[{}<]/.test(style)) return // no declarations of one element
    element.setAttribute('data-style', String(i))
    rules.push(`[data-style="${i}"]{${style}}`)
  })
  // What could ask for something or go somewhere is not part of a preview.
  page.querySelectorAll('script, link, meta[http-equiv], base, iframe, object, embed, form').forEach((element) => element.remove())
  const sheet = page.createElement('style')
  sheet.setAttribute('nonce', nonce)
  sheet.textContent = rules.join('\n')
  page.head.append(sheet)
  return `<!doctype html>${page.documentElement.outerHTML}`
}

/** unstyled has styles under other names: even a page that is only read is held to the policy. */
function unstyled(html: string): string {
  return html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/^<style\b/i, '<x-style').replace(/\sstyle(?=\s*=)/gi, ' data-style')).replace(/<\/style>/gi, '</x-style>')
}
