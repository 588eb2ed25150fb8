import { AppShell, Burger, Group, NavLink, ScrollArea, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { mayDo, useSignedIn } from '../session/use-session.ts';
import { LineBanner } from './line-banner.tsx';
import { PAGES } from './pages.ts';
import type { PageLink } from './pages.ts';
import { SessionMenu } from './session-menu.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

const HEADER_PX = 56;
const NAVBAR_PX = 200;

/** What stands around every page. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: HEADER_PX }}
      navbar={{ width: NAVBAR_PX, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'md' }}
    >
      <AppShell.Header>
        <a className="skip-link" href="#page">
          To the page
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            />
            <img src="/dashboard/icon.svg" alt="" width={28} height={28} />
            <Text fw={600} size="lg">
              Callcast
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ThemeSwitch />
            <SessionMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="Pages">
        <AppShell.Section grow component={ScrollArea}>
          <Links onFollow={close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <LineBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Links({ onFollow }: { readonly onFollow: () => void }) {
  const { session } = useSignedIn();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const isHere = ({ to }: PageLink): boolean =>
    to === '/calls' ? path.startsWith(to) && path !== '/calls/new' : path.startsWith(to);
  return PAGES.filter(({ needs }) => needs === undefined || mayDo(session, needs)).map((page) => (
    <NavLink
      key={page.to}
      component={Link}
      to={page.to}
      activeOptions={{ exact: true }}
      label={page.label}
      leftSection={<page.Icon size={18} stroke={1.6} aria-hidden />}
      active={isHere(page)}
      {...(isHere(page) ? { 'aria-current': 'page' as const } : {})}
      onClick={onFollow}
    />
  ));
}

/** The name of a page, for its heading and for the window. */
export function PageTitle({ children }: { readonly children: string }) {
  return (
    <>
      <title>{`${children} · Callcast`}</title>
      <Title order={1} size="h2">
        {children}
      </Title>
    </>
  );
}
