import { Alert, Button, Code, CopyButton, Group, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { Window } from '@/ui/Window'

/** Secret shows what is shown this once; a click beside the window does not close it. */
export function Secret({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common'])
  return (
    <Window opened loses losing={{ title: t('common:lose.secret'), text: t('tokens.once'), close: t('common:close') }} onClose={onClose} title={title} size="lg" closeOnClickOutside={false}>
      <Stack gap="sm">
        <Alert color="orange">{t('tokens.once')}</Alert>
        <Code block className="as-typed">
          {secret}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {t(copied ? 'tokens.copied' : 'tokens.copy')}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t('tokens.kept')}</Button>
        </Group>
      </Stack>
    </Window>
  )
}
