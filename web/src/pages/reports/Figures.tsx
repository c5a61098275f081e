import { Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'

import type { Behind, Column, Sheet } from './model'
import classes from './reports.module.css'
import { useSay } from './useSay'

interface Order {
  key: string
  down: boolean
}

interface Props<R> {
  label: string
  sheet: Sheet<R>
  onOpen: (behind: Behind) => void
}

/** Figures is the table of a report: sorted by any column, with the sums below, and each figure opens what it counts. */
export function Figures<R>({ label, sheet, onOpen }: Props<R>) {
  const say = useSay()
  const [order, setOrder] = useState<Order>()
  const [all, setAll] = useState(false)
  const rows = sorted(sheet, order, say.format.lang)
  const shown = all ? rows : rows.slice(0, atOnce)
  return (
    // What scrolls can be scrolled by the keyboard.
    <div className={`panel ${classes.scroll}`} tabIndex={0} role="region" aria-label={label}>
      <Table aria-label={label} verticalSpacing={6} horizontalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {sheet.columns.map((column) => (
              <Head key={column.key} column={column} order={order} onOrder={setOrder} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row) => (
            <Table.Tr key={sheet.idOf(row)}>
              {sheet.columns.map((column, i) => (
                <Cell key={column.key} column={column} row={row} first={i === 0} name={sheet.nameOf(row)} onOpen={onOpen} />
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        {rows.length > 1 && sheet.columns.some((column) => column.summed) && <Sums sheet={sheet} />}
      </Table>
      {shown.length < rows.length && (
        <UnstyledButton className={classes.more ?? ''} onClick={() => setAll(true)}>
          {say.t('showAll', { count: rows.length })}
        </UnstyledButton>
      )}
    </div>
  )
}

// Demand may name a thousand things.
const atOnce = 100

function Head<R>({ column, order, onOrder }: { column: Column<R>; order: Order | undefined; onOrder: (order: Order | undefined) => void }) {
  const at = order?.key === column.key ? order : undefined
  const Icon = at === undefined ? IconArrowsSort : at.down ? IconArrowDown : IconArrowUp
  // Figures are asked for from the largest, names from A.
  const first = { key: column.key, down: column.figure !== undefined || column.order !== undefined }
  const next = at === undefined ? first : at.down === first.down ? { ...first, down: !first.down } : undefined
  return (
    <Table.Th aria-sort={at === undefined ? 'none' : at.down ? 'descending' : 'ascending'} className={column.figure ? classes.figure ?? '' : ''}>
      <UnstyledButton className={classes.head ?? ''} onClick={() => onOrder(next)}>
        {column.head}
        <Icon size={13} aria-hidden className={at === undefined ? classes.unsorted : undefined} />
      </UnstyledButton>
    </Table.Th>
  )
}

function Cell<R>({ column, row, first, name, onOpen }: { column: Column<R>; row: R; first: boolean; name: string; onOpen: (behind: Behind) => void }) {
  const { write } = useSay()
  const figure = column.figure?.(row)
  const written = column.figure ? (figure === undefined ? '—' : write(figure, column.unit)) : (column.text?.(row) ?? '')
  const behind = figure === 0 ? undefined : column.behind?.(row)
  const to = figure === 0 ? undefined : column.to?.(row)
  const inside =
    behind !== undefined ? (
      <UnstyledButton className={classes.opens ?? ''} aria-label={`${name}, ${column.head}: ${written}`} onClick={() => onOpen(behind)}>
        {written}
      </UnstyledButton>
    ) : to !== undefined ? (
      <Link className={classes.opens} to={to} aria-label={`${name}, ${column.head}: ${written}`}>
        {written}
      </Link>
    ) : (
      written
    )
  if (first) {
    return (
      <Table.Th scope="row" className={classes.name ?? ''}>
        {inside}
      </Table.Th>
    )
  }
  return <Table.Td className={column.figure ? classes.figure ?? '' : classes.words ?? ''}>{inside}</Table.Td>
}

function Sums<R>({ sheet }: { sheet: Sheet<R> }) {
  const { t, write } = useSay()
  return (
    <Table.Tfoot>
      <Table.Tr>
        {sheet.columns.map((column, i) => {
          if (i === 0) {
            return (
              <Table.Th key={column.key} scope="row">
                {t('total')}
              </Table.Th>
            )
          }
          return (
            <Table.Td key={column.key} className={classes.figure ?? ''}>
              {column.summed && write(sheet.rows.reduce((sum, row) => sum + (column.figure?.(row) ?? 0), 0), column.unit)}
            </Table.Td>
          )
        })}
      </Table.Tr>
    </Table.Tfoot>
  )
}

function sorted<R>(sheet: Sheet<R>, order: Order | undefined, lang: string): R[] {
  const column = sheet.columns.find((one) => one.key === order?.key)
  if (column === undefined || order === undefined) return sheet.rows
  const sign = order.down ? -1 : 1
  const weigh = column.figure ?? column.order
  const compare = (a: R, b: R) => (weigh ? (weigh(a) ?? -1) - (weigh(b) ?? -1) : (column.text?.(a) ?? '').localeCompare(column.text?.(b) ?? '', lang))
  return [...sheet.rows].sort((a, b) => sign * compare(a, b))
}
