import { Badge, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

// The line of a route on a map: a deep green-blue that keeps 4.5:1 on white as text and under white text.
const route: MantineColorsTuple = ['#e6f6f6', '#d3eaea', '#a8d4d5', '#79bdbf', '#53aaad', '#3a9da1', '#2a979b', '#137a7e', '#066b6f', '#005a5e']

// Cooler than the library's: the greys of the dark surfaces in global.css.
const dark: MantineColorsTuple = ['#c9ced6', '#b6bcc6', '#8b93a1', '#666e7b', '#434a55', '#343941', '#262a31', '#1d2026', '#16181d', '#101216']

/** theme is how the workplace looks: compact, for those who live in it all day. */
export const theme = createTheme({
  primaryColor: 'route',
  primaryShade: { light: 8, dark: 7 },
  colors: { route, dark },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  headings: { fontFamily: '"Inter Variable", system-ui, sans-serif', fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
  components: {
    // The head of a window is no head of the page, for whoever goes by landmarks.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    // What turns while one waits is named, which only what has a role may be.
    Loader: { defaultProps: { role: 'status' } },
    // What opens a list says that it does.
    // Its list covers what stands below: a key, a letter or a click opens it, not coming by.
    Select: { defaultProps: { role: 'combobox', openOnFocus: false } },
    MultiSelect: { defaultProps: { openOnFocus: false } },
    Badge: Badge.extend({ defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 550 } }),
  },
})

// The pale badges and buttons of the library do not reach 4.5:1: their texts are a shade stronger here.
const strong = ['route', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'indigo', 'violet', 'grape', 'pink', 'cyan', 'lime', 'gray']

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636b',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#c92a2a',
    ...Object.fromEntries(strong.map((c) => [`--mantine-color-${c}-light-color`, `color-mix(in srgb, var(--mantine-color-${c}-9) 82%, black)`])),
  },
  dark: {
    '--mantine-color-dimmed': '#a6adb6',
    '--mantine-color-placeholder': '#99a1ab',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-anchor': 'var(--mantine-color-route-3)',
    ...Object.fromEntries(strong.map((c) => [`--mantine-color-${c}-light-color`, `var(--mantine-color-${c}-2)`])),
  },
})
