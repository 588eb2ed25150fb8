import { Button, Code, Collapse, Skeleton, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { SipMessage } from '#sdk';
import { useCallcast } from '../session/use-session.ts';
import { ProblemAlert } from '../shell/problem-alert.tsx';
import { durationText, momentText, msBetween, timeText } from '../words/times.ts';

const PAGE = 100;

/** The SIP messages between Callcast and the other end, folded until somebody asks for them. */
export function SipLadder({ callId }: { readonly callId: string }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <div>
      <Button size="xs" variant="default" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? 'Hide SIP messages' : 'Show SIP messages'}
      </Button>
      {isOpen && <Ladder callId={callId} />}
    </div>
  );
}

function Ladder({ callId }: { readonly callId: string }) {
  const { calls } = useCallcast();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    {
      // Read again with the call, whenever something happens to it.
      queryKey: ['call', callId, 'sip'],
      initialPageParam: undefined as string | undefined,
      queryFn: ({ pageParam, signal }) =>
        calls.sip(callId, { limit: PAGE, cursor: pageParam }, { signal }).page(),
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    },
  );
  const messages = data?.pages.flatMap(({ items }) => items);
  if (error !== null && messages === undefined) {
    return (
      <ProblemAlert
        title="The SIP messages cannot be read"
        error={error}
        onRetry={() => void refetch()}
      />
    );
  }
  if (messages === undefined) return <Skeleton height={160} mt="sm" />;
  if (messages.length === 0) {
    return (
      <Text size="sm" mt="sm">
        There are no SIP messages of this call: none has left yet, or they are forgotten by now.
      </Text>
    );
  }
  return (
    <>
      <div className="ladder-ends" aria-hidden>
        <span>Callcast</span>
        <span>Other end</span>
      </div>
      <ol className="ladder" aria-label="SIP messages">
        {messages.map((message, index) => (
          <Rung
            key={`${message.epoch} ${message.seq}`}
            message={message}
            before={messages[index - 1]}
          />
        ))}
      </ol>
      {hasNextPage && (
        <Button
          size="xs"
          variant="default"
          mt="xs"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Show later messages
        </Button>
      )}
    </>
  );
}

interface RungProps {
  readonly message: SipMessage;
  readonly before: SipMessage | undefined;
}

/** Of too many messages those in the middle are not kept. */
const missingBefore = ({ message, before }: RungProps): number =>
  before?.epoch === message.epoch ? message.seq - before.seq - 1 : 0;

function Rung({ message, before }: RungProps) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const { at, direction, summary, text } = message;
  const missing = missingBefore({ message, before });
  const gapMs = before === undefined ? undefined : msBetween(before.at, at);
  return (
    <li>
      {missing > 0 && (
        <Text size="xs" ta="center">
          {missing} {missing === 1 ? 'message was' : 'messages were'} not kept
        </Text>
      )}
      <UnstyledButton className="rung" aria-expanded={isOpen} onClick={toggle}>
        <time className="figures" dateTime={at} title={momentText(at)}>
          {timeText(at)}
          {gapMs !== undefined && gapMs > 0 && (
            <span className="rung-gap">+{durationText(gapMs)}</span>
          )}
        </time>
        <span className="arrow" data-direction={direction}>
          <span className="visually-hidden">{direction === 'out' ? 'Sent: ' : 'Received: '}</span>
          <span className="anywhere">{summary}</span>
        </span>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <Code block tabIndex={isOpen ? 0 : -1} mah={320} my={4}>
          {text}
        </Code>
      </Collapse>
    </li>
  );
}
