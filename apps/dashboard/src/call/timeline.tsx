import { Button, Skeleton, Text, ThemeIcon } from '@mantine/core';
import {
  IconAlertTriangle,
  IconBroadcast,
  IconCheck,
  IconCircleX,
  IconDialpad,
  IconFlag,
  IconPhone,
  IconVolume,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { ComponentType } from 'react';
import type { Event } from '#sdk';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { eventWords } from '../words/event-texts.ts';
import type { EventTone } from '../words/event-texts.ts';
import { durationText, momentText, msBetween, timeText, zoneName } from '../words/times.ts';
import { MAX_EVENTS } from './event-log.ts';
import { Section } from '../shell/section.tsx';
import { SipLadder } from './sip-ladder.tsx';
import { useEventLog } from './use-call.ts';

/** Events that are shown at once; a press shows as many more. */
const SHOWN = 50;

interface Mark {
  readonly Icon: ComponentType<{ size?: number }>;
  readonly color: string;
}

const MARKS: { readonly [T in EventTone]: Mark } = {
  call: { Icon: IconPhone, color: 'blue' },
  good: { Icon: IconCheck, color: 'green' },
  output: { Icon: IconBroadcast, color: 'cyan' },
  sound: { Icon: IconVolume, color: 'cyan' },
  keys: { Icon: IconDialpad, color: 'grape' },
  warning: { Icon: IconAlertTriangle, color: 'yellow' },
  bad: { Icon: IconCircleX, color: 'red' },
  over: { Icon: IconFlag, color: 'gray' },
};

/** All that has happened to a call, as it happens. */
export function Timeline({ callId }: { readonly callId: string }) {
  const { events, isLoaded, problem, load } = useEventLog(callId);
  const [shown, setShown] = useState(SHOWN);
  const from = Math.max(0, events.length - shown);
  return (
    <Section
      title="Timeline"
      aside={
        <Text size="xs" c="dimmed">
          Times in {zoneName()}
        </Text>
      }
    >
      {problem !== undefined && (
        <ProblemAlert title="The events cannot be read" error={problem} onRetry={load} />
      )}
      {!isLoaded && problem === undefined && events.length === 0 && <Skeleton height={160} />}
      {isLoaded && events.length === 0 && <Text size="sm">Nothing has happened yet.</Text>}
      {from > 0 && (
        <Button variant="default" size="xs" onClick={() => setShown(shown + SHOWN)}>
          Show earlier events ({from}
          {events.length === MAX_EVENTS ? ' or more' : ''})
        </Button>
      )}
      <ol className="timeline">
        {events.slice(from).map((event, index) => (
          <Entry key={event.seq} event={event} before={events[from + index - 1]} />
        ))}
      </ol>
      <SipLadder callId={callId} />
    </Section>
  );
}

interface EntryProps {
  readonly event: Event;
  readonly before: Event | undefined;
}

function Entry({ event, before }: EntryProps) {
  const { tone, text } = eventWords(event);
  const { Icon, color } = MARKS[tone];
  const gapMs = before === undefined ? undefined : msBetween(before.at, event.at);
  return (
    <li>
      <time className="figures at" dateTime={event.at} title={momentText(event.at)}>
        {timeText(event.at)}
      </time>
      <Text size="xs" c="dimmed" ta="right" pt={2} className="figures gap">
        {gapMs === undefined ? '' : `+${durationText(gapMs)}`}
      </Text>
      <span className="mark">
        <ThemeIcon size={20} radius="xl" variant="light" color={color} aria-hidden>
          <Icon size={13} />
        </ThemeIcon>
      </span>
      <span className="anywhere sentence">{text}</span>
    </li>
  );
}
