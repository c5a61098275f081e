import { Alert, Button, Text } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { lazy as reactLazy, useEffect, useState, type ComponentType, type LazyExoticComponent } from 'react'
import { useTranslation } from 'react-i18next'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as React's own lazy has it: a part of any props
type Part = ComponentType<any>
type Load<T extends Part> = () => Promise<{ default: T }>

/**
 * lazy is a part of the page that is loaded when it is shown first, as React's own. One that could not be loaded says so where it would
 * be, and is loaded when the connection is back: the rest of the page stays as it is, with what has been typed there.
 */
export function lazy<T extends Part>(load: Load<T>): LazyExoticComponent<T> {
  return reactLazy(() => load().catch(() => ({ default: untilLoaded(load, false) as T })))
}

/** lazyPage is lazy for a whole page, which has its heading also while it is not there. */
export function lazyPage<T extends Part>(load: Load<T>): LazyExoticComponent<T> {
  return reactLazy(() => load().catch(() => ({ default: untilLoaded(load, true) as T })))
}

const firstPause = 2_000
const longestPause = 30_000

function untilLoaded<T extends Part>(load: Load<T>, page: boolean): ComponentType<object> {
  return function UntilLoaded(props: object) {
    const [Loaded, setLoaded] = useState<ComponentType<object>>()
    const [gone, setGone] = useState(false)
    const [attempt, setAttempt] = useState(0)
    useEffect(() => {
      if (Loaded !== undefined) return
      const again = () => setAttempt((n) => n + 1)
      let left = false
      // The first time it has just failed.
      const tried = attempt === 0 ? Promise.resolve() : loadAgain(load).then((part) => setLoaded(() => part), async () => {
        const released = await isGone()
        if (!left) setGone(released)
      })
      let timer: ReturnType<typeof setTimeout> | undefined
      void tried.then(() => {
        if (!left) timer = setTimeout(again, Math.min(longestPause, firstPause * 1.5 ** attempt))
      })
      window.addEventListener('online', again)
      return () => {
        left = true
        clearTimeout(timer)
        window.removeEventListener('online', again)
      }
    }, [Loaded, attempt])
    return Loaded === undefined ? <NotLoaded page={page} gone={gone} onRetry={() => setAttempt((n) => n + 1)} /> : <Loaded {...props} />
  }
}

/** loadAgain loads a part whose files did not come: a style sheet that failed is asked for anew, which loading the part does not do. */
async function loadAgain<T extends Part>(load: Load<T>): Promise<ComponentType<object>> {
  const failed = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')].filter((link) => link.sheet === null)
  await Promise.all(failed.map((link) => new Promise<void>((loaded, refused) => {
    const anew = link.cloneNode() as HTMLLinkElement
    anew.addEventListener('load', () => loaded())
    anew.addEventListener('error', () => refused(new Error(`load ${anew.href}`)))
    link.replaceWith(anew)
  })))
  return (await load()).default as ComponentType<object>
}

/** isGone tells whether the server is there and has another release of the page than this window: of that one its parts are gone. */
async function isGone(): Promise<boolean> {
  const page = await fetch('/', { cache: 'no-store' }).catch(() => undefined)
  if (page?.ok !== true) return false
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src')
  return entry !== null && entry !== undefined && !(await page.text()).includes(entry)
}

function NotLoaded({ page, gone, onRetry }: { page: boolean; gone: boolean; onRetry: () => void }) {
  const { t } = useTranslation()
  const title = gone ? t('notLoaded.released') : t('offline.title')
  return (
    <Alert color={gone ? 'blue' : 'red'} role="alert" m="md" icon={<IconCloudOff size={18} aria-hidden />} title={page ? <h1 style={{ font: 'inherit', margin: 0 }}>{title}</h1> : title}>
      <Text size="sm" mb="xs">
        {gone ? t('notLoaded.releasedText') : t('notLoaded.text')}
      </Text>
      <Button size="compact-sm" variant="default" onClick={gone ? () => window.location.reload() : onRetry}>
        {gone ? t('broken.reload') : t('retry')}
      </Button>
    </Alert>
  )
}
