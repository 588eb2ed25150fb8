import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Call } from '#sdk';
import { Moment } from '../words/moments.tsx';
import { ticksText, zoneName } from '../words/times.ts';
import { Section } from '../shell/section.tsx';

const HELD_BY = { us: 'us, by command', them: 'the callee', both: 'us and the callee' } as const;
const DIRECTIONS: { readonly [direction: string]: string } = {
  recvonly: 'receives only',
  sendrecv: 'receives, and sends silence',
};

/** All that is known of a call besides. */
export function CallFacts({ call }: { readonly call: Call }) {
  const { ringSeconds, maxSeconds } = call.limits;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Your name for it', call.callId],
    ['Broadcast', call.broadcast],
    ['Placed', <Moment key="placed" at={call.createdAt} />],
    ['Answered', momentOr(call.answeredAt, 'not yet')],
    ['Ended', momentOr(call.endedAt, 'not yet')],
    ['Held by', call.heldBy === null ? 'nobody' : HELD_BY[call.heldBy]],
    ['Priority', call.priority],
    ['Dialled again', `${call.redials} of ${call.redial?.attempts ?? 0} ×`],
    ['Nodes so far', call.epoch],
    ['From', fromText(call.from)],
    ['Media', DIRECTIONS[call.media.direction] ?? call.media.direction],
    ['Codecs offered', call.media.codecs.join(', ')],
    ['SRTP', call.media.srtp],
    ['May ring / last', `${ticksText(ringSeconds * 1_000)} / ${ticksText(maxSeconds * 1_000)}`],
    ...Object.entries(call.metadata).map(([name, value]) => [`metadata: ${name}`, value] as const),
  ];
  return (
    <Section
      title="Facts"
      aside={
        <Text size="xs" c="dimmed">
          Times in {zoneName()}
        </Text>
      }
    >
      <dl className="call-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

const fromText = ({ user, displayName, domain }: Call['from']): string =>
  [displayName, [user, domain].filter((part) => part !== null).join('@')]
    .filter((part) => part !== null && part !== '')
    .join(', ') || 'as usual';

const momentOr = (at: string | null, otherwise: string): ReactNode =>
  at === null ? otherwise : <Moment at={at} />;
