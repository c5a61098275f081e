import 'react'

declare module 'react' {
  // Custom properties of CSS are set like styles.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it adds to the library's own
  interface CSSProperties extends Record<`--${string}`, string | number | undefined> {}
}
