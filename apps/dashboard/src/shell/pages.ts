import { IconBroadcast, IconPhonePlus } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { mayDo } from '../session/use-session.ts';

/** An entry of the menu. */
export interface PageLink {
  readonly to: string;
  readonly label: string;
  readonly Icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;
  /** Who sees it; everybody where nothing is said. */
  readonly needs?: Parameters<typeof mayDo>[1];
}

export const PAGES: readonly PageLink[] = [
  { to: '/calls', label: 'Bridges', Icon: IconBroadcast },
  { to: '/calls/new', label: 'New call', Icon: IconPhonePlus, needs: 'write' },
];
