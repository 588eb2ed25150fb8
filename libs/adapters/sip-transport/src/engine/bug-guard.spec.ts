import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import type { MessageOutlet, PathFailure } from '#protocol/sip';
import { parseSipMessage } from '#protocol/sip';
import { VirtualTime } from '#testkit';
import { BugGuard } from './bug-guard.ts';

const PATH = { transport: 'tcp', address: '192.0.2.1', port: 5060 } as const;
const MESSAGE = parseSipMessage(
  Buffer.from(
    [
      'OPTIONS sip:a@192.0.2.1 SIP/2.0',
      'Via: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bKa',
      'From: <sip:b@192.0.2.2>;tag=1',
      'To: <sip:a@192.0.2.1>',
      'Call-ID: a',
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n'),
  ),
  'datagram',
);

const bug = (): never => {
  throw new Error('a bug');
};

function setup() {
  const bugs: string[] = [];
  const guard = new BugGuard({ ...silentLogger, error: (event) => void bugs.push(event) });
  const watchers = new Set<PathFailure>();
  const outlet: MessageOutlet = guard.outlet({
    send: (_message, _path, failed) => {
      if (failed !== undefined) watchers.add(failed);
    },
    release: (_path, failed) => void watchers.delete(failed),
  });
  return { bugs, guard, watchers, outlet };
}

describe('a bug', () => {
  it('in what follows the end of a connection ends neither the process nor what others hear of it', () => {
    const { bugs, watchers, outlet } = setup();
    const heard: string[] = [];

    outlet.send(MESSAGE, PATH, bug);
    outlet.send(MESSAGE, PATH, (reason) => void heard.push(reason));
    for (const failed of watchers) failed('ECONNRESET');

    expect([bugs, heard]).toEqual([['signaling.bug'], ['ECONNRESET']]);
  });

  it('at a timer costs that timer only', () => {
    const { bugs, guard } = setup();
    const time = new VirtualTime();

    guard.timers(time).after(10, bug);
    time.advance(10);

    expect(bugs).toEqual(['signaling.bug']);
  });
});

describe('a guarded outlet', () => {
  it('is released from the failure that it was given, however often that was', () => {
    const { watchers, outlet } = setup();
    const failed = (): void => undefined;

    outlet.send(MESSAGE, PATH, failed);
    outlet.send(MESSAGE, PATH, failed);
    expect(watchers.size).toBe(1);
    outlet.release(PATH, failed);

    expect(watchers.size).toBe(0);
  });
});
