import i18next, { type BackendModule } from 'i18next'
import { initReactI18next } from 'react-i18next'

export type Lang = 'ru' | 'en'
export const langs: readonly Lang[] = ['ru', 'en']

// Texts of an area are loaded with its pages, in one language.
const files = import.meta.glob<{ default: Record<string, unknown> }>('../locales/*/*.json')

const pause = 2_000

const loader: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (lang, area, done) => {
    const file = files[`../locales/${lang}/${area}.json`]
    if (file === undefined) {
      done(new Error(`no texts ${area} in ${lang}`), false)
      return
    }
    // A page without its texts cannot be read: it waits for them until the connection is back.
    const load = () => void file().then((texts) => done(null, texts.default), () => setTimeout(load, pause))
    load()
  },
}

const rememberedAs = 'marshrut.lang'

/** knownLang is the language of whoever used this browser last, else the browser's own, else Russian. */
export function knownLang(): Lang {
  const remembered = rememberedLang()
  if (remembered === 'ru' || remembered === 'en') return remembered
  return navigator.languages.some((l) => l.startsWith('ru')) || !navigator.languages.some((l) => l.startsWith('en')) ? 'ru' : 'en'
}

function rememberedLang(): string | null {
  try {
    return localStorage.getItem(rememberedAs)
  } catch {
    return null // forbidden: nobody is known
  }
}

/** setLang changes the language of the page, without a reload. */
export async function setLang(lang: Lang): Promise<void> {
  try {
    localStorage.setItem(rememberedAs, lang)
  } catch {
    // No room, or forbidden: the page speaks it all the same.
  }
  document.documentElement.lang = lang
  await i18next.changeLanguage(lang)
}

/** startTexts loads what every page needs. */
export async function startTexts(): Promise<void> {
  const lang = knownLang()
  document.documentElement.lang = lang
  await i18next
    .use(loader)
    .use(initReactI18next)
    .init({
      lng: lang,
      fallbackLng: false,
      supportedLngs: langs,
      ns: ['common'],
      defaultNS: 'common',
      interpolation: { escapeValue: false }, // React escapes
      returnNull: false,
    })
}
