import { Table } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { Window } from '@/ui/Window'

import type { Shortcut } from './shortcuts'

/** ShortcutSheet shows which keys there are where one is. */
export default function ShortcutSheet({ shortcuts, onClose }: { shortcuts: readonly Shortcut[]; onClose: () => void }) {
  const { t } = useTranslation()
  const everywhere = [
    { shown: 'Ctrl K', does: t('shortcuts.palette') },
    { shown: '?', does: t('shortcuts.sheet') },
    { shown: 'Esc', does: t('shortcuts.close') },
  ]
  return (
    <Window opened onClose={onClose} title={t('shortcuts.title')}>
      <Table>
        <Table.Tbody>
          {[...everywhere, ...shortcuts].map((shortcut) => (
            <Table.Tr key={shortcut.shown}>
              <Table.Td w={110}>
                <kbd>{shortcut.shown}</kbd>
              </Table.Td>
              <Table.Td>{shortcut.does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Window>
  )
}
