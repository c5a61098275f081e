import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { compare, type Compared } from './diff'
import classes from './maps.module.css'

interface Props {
  before: string
  after: string
  label: string
}

/** Difference shows line by line what becomes of a text, and around each change what stands near it. */
export function Difference({ before, after, label }: Props) {
  const { t } = useTranslation('maps')
  const lines = useMemo(() => folded(compare(before, after)), [before, after])
  return (
    // A long comparison is scrolled by keyboard too.
    <div className={classes.diff} tabIndex={0} role="region" aria-label={label}>
      {lines.map((line, i) => (
        <span key={i} className={classes.diffLine} data-kind={line.kind}>
          {line.kind === 'gap' ? t('publish.gap', { count: line.count }) : `${signs[line.kind]} ${line.text}`}
        </span>
      ))}
    </div>
  )
}

const signs = { same: ' ', added: '+', removed: '−' }

type Folded = Compared | { kind: 'gap'; count: number }

/** folded leaves three lines around each change and says how many others there are. */
function folded(lines: Compared[]): Folded[] {
  const near = (i: number) => lines.slice(Math.max(0, i - 3), i + 4).some((line) => line.kind !== 'same')
  const out: Folded[] = []
  lines.forEach((line, i) => {
    const last = out.at(-1)
    if (near(i)) out.push(line)
    else if (last?.kind === 'gap') last.count += 1
    else out.push({ kind: 'gap', count: 1 })
  })
  return out
}
