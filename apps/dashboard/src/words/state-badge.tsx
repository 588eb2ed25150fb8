import { Badge } from '@mantine/core';
import type { StateWords } from './call-states.ts';

interface StateBadgeProps {
  readonly words: StateWords;
  readonly size?: 'sm' | 'md' | 'lg';
}

/** A state with a dot of its colour; its text can be read on every ground. */
export function StateBadge({ words: { text, color }, size = 'md' }: StateBadgeProps) {
  return (
    <Badge variant="dot" color={color} size={size} tt="none" fw={500}>
      {text}
    </Badge>
  );
}
