import { describe, expect, it } from 'vitest';
import { buildOffer } from '#protocol/sdp';
import {
  CALLEE,
  bringUp,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

type Options = NonNullable<Parameters<typeof sessionWorld>[0]>;

async function up(options: Options = {}): Promise<SessionWorld> {
  const world = sessionWorld({ limits: { maxSeconds: 3_600 }, ...options });
  await bringUp(world);
  world.outlets[0]?.accept();
  return world;
}

/** Packets come for so long, 20 ms after each other as far as anyone looks. */
async function talk(world: SessionWorld, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    world.media.lastPacketMicros = world.time.nowMicros();
    await world.pass(1_000);
  }
}

const mediaEvents = (world: SessionWorld): unknown[] =>
  world.ledger.changes
    .flatMap(({ events }) => events)
    .filter(({ type }) => type.startsWith('media.'))
    .map(({ type, data }) => ({ type, ...data }));

describe('a call whose media stop', () => {
  it('ends 15 s after the last packet, which an event has told of', async () => {
    const world = await up();
    await talk(world, 40);

    await world.pass(13_000);
    expect(world.session.state).toBe('up');
    await world.pass(2_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
    expect(mediaEvents(world)).toEqual([
      { type: 'media.timeout', seconds: 15, hadBegun: true, action: 'end' },
    ]);
    expect(world.ledger.events.indexOf('media.timeout')).toBeLessThan(
      world.ledger.events.indexOf('call.ending'),
    );
  });

  it('says how many came that could not be heard', async () => {
    const world = await up();
    world.media.unknownPayload = 1500;

    await world.pass(30_000);

    expect(world.ledger.changes.flatMap(({ call }) => call.verdict?.detail ?? [])).toContain(
      'no RTP packet of an agreed payload type in 30 s; 1500 of others have come since the answer',
    );
  });

  it('ends 30 s after the answer when none has come', async () => {
    const world = await up();

    await world.pass(29_000);
    expect(world.session.state).toBe('up');
    await world.pass(1_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('stays on air when it is to, tells of the silence, and of the sound when it is back', async () => {
    const world = await up({
      media: { onTimeout: 'keep' },
      limits: { maxSeconds: 3_600, mediaGapSeconds: 20 },
    });
    await talk(world, 10);

    world.media.loudness = { levelDbfs: -127, clippedShare: 0 };
    await world.pass(600_000);
    expect(world.session.state).toBe('up');
    world.media.loudness = { levelDbfs: -20, clippedShare: 0 };
    await talk(world, 2);

    expect(mediaEvents(world)).toEqual([
      { type: 'media.silent', seconds: 10 },
      { type: 'media.timeout', seconds: 20, hadBegun: true, action: 'keep' },
      { type: 'media.resumed', after: 'timeout', seconds: 582 },
      { type: 'media.resumed', after: 'silence', seconds: 600 },
    ]);
    expect(world.session.state).toBe('up');
  });

  it('is not watched while it is held, and has its 15 s anew', async () => {
    const world = await up();
    await talk(world, 10);
    const offer = (direction: string, version: number): string =>
      buildOffer({ ...CALLEE, version }).replace('a=sendrecv', `a=${direction}`);

    world.dialer.observer.reoffered(offer('inactive', 2));
    world.media.loudness = { levelDbfs: -127, clippedShare: 0 };
    await world.pass(60_000);
    world.dialer.observer.reoffered(offer('sendrecv', 3));
    await settle();
    world.media.loudness = { levelDbfs: -20, clippedShare: 0 };
    await world.pass(14_000);
    expect(world.session.state).toBe('up');
    expect(mediaEvents(world)).toEqual([]);
    await world.pass(2_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });
});

describe('a call with a second source', () => {
  it('is warned of, once, and goes on', async () => {
    const warnings: string[] = [];
    const world = await up({ onWarning: (event) => warnings.push(event) });

    for (const ofOtherSources of [10, 60, 110, 160]) {
      world.media.foreign = { ...world.media.foreign, ofOtherSources };
      await talk(world, 1);
    }

    expect(warnings).toEqual(['call.second_source']);
    expect(world.session.state).toBe('up');
  });
});

describe('a call whose sound is wrong', () => {
  it('tells of clipping, once', async () => {
    const world = await up();
    world.media.loudness = { levelDbfs: -3, clippedShare: 0.2 };

    await talk(world, 30);

    expect(mediaEvents(world)).toEqual([{ type: 'media.clipping', percent: 20 }]);
  });
});
