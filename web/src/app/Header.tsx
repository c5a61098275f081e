import { ActionIcon, Avatar, Burger, Button, Group, Menu, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme, VisuallyHidden } from '@mantine/core'
import { IconKeyboard, IconLanguage, IconLogout, IconMoon, IconPlus, IconSearch, IconSettings, IconSun } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Lang } from '@/i18n/i18n'
import { tell } from '@/ui/tell'
import { useShortcutSheet } from '@/ui/shortcuts'

import { Logo } from './Logo'
import { Notices } from './Notices'
import { openPalette } from './PaletteWhenAsked'
import { useMe, useRight, useSignOut } from './session'
import { useChangeLang } from './useChangeLang'
import classes from './Workplace.module.css'

/** Header is on every page: search, the way to accept a request, what one is told, and one's own menu. */
export function Header({ menuOpen, onMenu }: { menuOpen: boolean; onMenu: () => void }) {
  const { t } = useTranslation()
  const works = useRight('work')
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="sm" wrap="nowrap">
        <Burger opened={menuOpen} onClick={onMenu} hiddenFrom="sm" size="sm" aria-label={t('nav.label')} />
        <UnstyledButton component={Link} to="/" aria-label={t('product')} style={{ display: 'flex', alignItems: 'center', gap: 10 }}>
          <Logo />
          <Text fw={700} visibleFrom="sm" w={150}>
            {t('product')}
          </Text>
        </UnstyledButton>
        <button type="button" className={classes.search} onClick={openPalette} aria-keyshortcuts="Control+K">
          <IconSearch size={16} aria-hidden />
          <span>{t('palette.open')}</span>
          <kbd className="mantine-visible-from-sm">Ctrl K</kbd>
        </button>
      </Group>
      <Group gap="xs" wrap="nowrap">
        {works && (
          <Button component={Link} to="/accept" size="sm" leftSection={<IconPlus size={16} aria-hidden />} visibleFrom="sm">
            {t('nav.accept')}
          </Button>
        )}
        <Notices />
        <OwnMenu />
      </Group>
    </Group>
  )
}

function OwnMenu() {
  const { t, i18n } = useTranslation()
  const me = useMe()
  const signOut = useSignOut()
  const sheet = useShortcutSheet()
  const { setColorScheme } = useMantineColorScheme()
  // As one sees it: that may be the system's choice.
  const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark'
  const changeLang = useChangeLang()
  if (me === undefined) return null
  const other: Lang = i18n.language === 'ru' ? 'en' : 'ru'
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" radius="xl" size={36}>
          <VisuallyHidden>{t('own.menu', { name: me.name })}</VisuallyHidden>
          <Avatar name={me.name} color="initials" size={34} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name} · {me.login}
        </Menu.Label>
        <Menu.Item component={Link} to="/profile" leftSection={<IconSettings size={16} aria-hidden />}>
          {t('own.profile')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} rightSection={<kbd>?</kbd>} onClick={sheet.open}>
          {t('own.shortcuts')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLanguage size={16} aria-hidden />} lang={other} onClick={() => void changeLang(other)}>
          {other === 'en' ? 'English' : 'Русский'}
        </Menu.Item>
        <Menu.Item
          leftSection={dark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
          onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        >
          {dark ? t('own.light') : t('own.dark')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut().catch(tell.problem)}>
          {t('own.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
