import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  CHALLENGE,
  WITH_LOGIN,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';
import type { Recorder } from '../../../../test/support/dialer-world.ts';

const ladderOf = ({ notes }: Recorder): readonly string[] =>
  notes.map(({ direction, summary }) => `${direction} ${summary}`);

describe('the messages of a leg', () => {
  it('are told in their order from the INVITE to the answer to BYE, without secrets', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);
    const { server } = world;

    server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const second = server.take(await server.next('INVITE'));
    server.respond(second, { status: '180 Ringing' });
    server.respond(second, { status: '200 OK', body: ANSWER });
    await observer.untilSignalled(6);
    const headers = ['Authorization: Digest realm="r", response="6629fae4"', 'X-Token: hunter2'];
    server.request(second, 'INFO', { headers, body: 'Signal=5\r\n' });
    server.request(second, 'BYE');
    await observer.untilSignalled(10);

    expect(ladderOf(observer)).toEqual([
      'out INVITE sip:bob@127.0.0.1:5999',
      'in 407 Auth',
      'out INVITE sip:bob@127.0.0.1:5999',
      'in 180 Ringing',
      'in 200 OK',
      'out ACK sip:bob@127.0.0.1:5999',
      'in INFO sip:127.0.0.1:5060',
      'in BYE sip:127.0.0.1:5060',
      'out 200 OK',
      'out 200 OK',
    ]);
    const told = observer.notes.map(({ text }) => text).join('\n');
    expect(told).toContain('Authorization: Digest realm="r", response=***');
    expect(told).not.toMatch(/hunter2|6629fae4|n1|Signal/);
  });

  it('are of this leg alone', async () => {
    const world = await connected();
    const one = await answered(world);
    const other = await dialled(world);

    world.server.requestOutside('OPTIONS');
    world.server.respond(other.invite, { status: '486 Busy Here' });
    await other.observer.until('ended');

    expect(ladderOf(one.observer).slice(1)).toEqual([
      'in 200 OK',
      'out ACK sip:bob@127.0.0.1:5999',
    ]);
    expect(ladderOf(other.observer).slice(1)).toEqual(['in 486 Busy Here']);
  });

  it('say so when the signalling server has made them up', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, { status: '408 Request Timeout', isLocal: true });
    await observer.until('ended');

    expect(ladderOf(observer).at(-1)).toBe(
      'in 408 Request Timeout (made up by the signalling server)',
    );
  });

  it('are told no more two seconds behind the end', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.server.respond(invite, { status: '486 Busy Here' });
    await observer.until('ended');

    world.server.request(invite, 'NOTIFY');
    await observer.untilSignalled(3);
    world.time.advance(2000);
    const later = await dialled(world);
    world.server.request(invite, 'NOTIFY');
    world.server.respond(later.invite, { status: '486 Busy Here' });
    await later.observer.until('ended');

    expect(ladderOf(observer).slice(2)).toEqual(['in NOTIFY sip:127.0.0.1:5060']);
  });
});
