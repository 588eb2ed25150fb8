import { Badge } from '@mantine/core';
import type { StateWords } from './call-states.ts';
import { StatusDot } from './status-dot.tsx';

interface StateBadgeProps {
  readonly words: StateWords;
  readonly size?: 'sm' | 'md' | 'lg';
}

/** A state with a dot of its colour; its text can be read on every ground. */
export function StateBadge({ words: { text, color }, size = 'md' }: StateBadgeProps) {
  return (
    <Badge
      variant="default"
      leftSection={<StatusDot color={color} />}
      size={size}
      tt="none"
      fw={500}
    >
      {text}
    </Badge>
  );
}
