import { EventEmitter } from 'node:events';
import { Secret, silentLogger } from '#foundation';
import { SeededRandom, VirtualTime } from '#testkit';
import { expect, it } from 'vitest';
import { AnsweredDialog } from './answered-dialog.ts';
import { SIDE_REQUESTS } from './side-requests.ts';
import { ControlConnection } from './control-connection.ts';

it('leaves no listener on the dialog when it is over', async () => {
  const ignore = (): void => undefined;
  const connection = new ControlConnection({
    address: { host: '127.0.0.1', port: 1, secret: new Secret('unused') },
    logger: silentLogger,
    timers: new VirtualTime(),
    heartbeatMs: 1000,
    onUp: ignore,
    onDown: ignore,
    onOverheard: () => false,
  });
  const dialog = Object.assign(new EventEmitter(), {
    id: 'call;from-tag=1',
    connected: true,
    local: { sdp: '' },
    remote: { uri: 'sip:peer@127.0.0.1' },
    res: { get: () => undefined },
  });
  const events = {
    onEnded: ignore,
    onReoffered: () => undefined,
    onOfferAsked: () => undefined,
    onOfferAnswered: ignore,
    onBug: ignore,
  };
  const answered = new AnsweredDialog({
    connection,
    dialog,
    login: undefined,
    timers: new VirtualTime(),
    random: new SeededRandom(1),
    events,
  });
  const before = dialog.eventNames();

  await answered.hangUp(undefined);

  expect(before).toEqual(['destroy', 'modify', 'update', 'ack', ...SIDE_REQUESTS]);
  expect(dialog.eventNames()).toEqual([]);
});
