/** Logo is the product's sign: a route with its stages, the last one reached. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-route-8)" />
      <path d="M8 23 V15 a4 4 0 0 1 4-4 h8 a4 4 0 0 1 4 4" fill="none" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
      <circle cx="8" cy="23.5" r="3" fill="#fff" />
      <circle cx="16" cy="11" r="3" fill="#fff" />
      <circle cx="24" cy="17.5" r="3.5" fill="none" stroke="#fff" strokeWidth="2.5" />
    </svg>
  )
}
