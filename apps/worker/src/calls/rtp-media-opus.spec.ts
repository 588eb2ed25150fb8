import { describe, expect, it } from 'vitest';
import { PcmAacEncoder, RtpSource, tone } from '#testkit';
import type { Delivery } from '#testkit';
import type { FlvTag } from '#protocol/flv';
import type { NegotiatedAudio } from '#protocol/sdp';
import { AUDIO, SPEC, asking, mediaWorld } from '../../../../test/support/rtp-media-world.ts';
import {
  numberedOpus,
  passedPackets,
  payloadHex,
} from '../../../../test/support/opus-path-world.ts';

const OPUS: NegotiatedAudio = {
  ...AUDIO,
  codec: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  payloadTypes: new Map([
    [111, { codec: 'opus', clockRate: 48_000, channels: 1 }],
    [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
  ]),
};

/** The media of a leg whose callee speaks Opus, which is asked for untouched. */
async function opusMedia() {
  const world = mediaWorld(() => new PcmAacEncoder(48_000));
  const spec = asking('opus', 'PCMU');
  const audio = { ...spec.media.audio, passthrough: true };
  const media = await world.open({ ...spec, media: { ...spec.media, audio } });
  media.start(OPUS, (fault) => {
    throw fault;
  });
  const play = (deliveries: readonly Delivery[]): void => {
    for (const { bytes } of deliveries) {
      world.ports.hear(bytes, world.time.nowMicros());
      world.time.advance(20);
    }
  };
  return { media, play };
}

describe('Opus of a leg', () => {
  it('is there untouched where it was asked for, beside AAC', async () => {
    const { media, play } = await opusMedia();
    const [opus, aac]: [FlvTag[], FlvTag[]] = [[], []];
    media.opus?.attach(
      (tag) => opus.push(tag),
      () => undefined,
    );
    media.attach((tag) => aac.push(tag));
    const sent = new RtpSource({ signal: tone(440), codec: numberedOpus() }).take(1000);

    play(sent);

    const passed = passedPackets(opus).filter(({ hex }) => hex.length > 6);
    expect(passed.map(({ hex }) => hex)).toEqual(sent.slice(0, passed.length).map(payloadHex));
    expect(passed.length).toBeGreaterThan(40);
    expect(aac.length).toBeGreaterThan(30);
    expect(media.opus?.metadata).toMatchObject({
      audiocodecid: 1_332_770_163,
      audiosamplerate: 48_000,
    });
  });

  it('is over when the callee sends another codec, which is told once', async () => {
    const { media, play } = await opusMedia();
    const over: string[] = [];
    media.opus?.attach(
      () => undefined,
      () => over.push('over'),
    );
    const source = new RtpSource({ signal: tone(440), codec: numberedOpus() });
    play(source.take(400));
    source.change({ codec: 'PCMU' });

    play(source.take(400));
    const isThere = media.opus !== undefined;
    media.stop();

    expect(over).toEqual(['over']);
    expect(isThere).toBe(false);
  });

  it('ends with the call without another word', async () => {
    const { media, play } = await opusMedia();
    const over: string[] = [];
    media.opus?.attach(
      () => undefined,
      () => over.push('over'),
    );
    play(new RtpSource({ signal: tone(440), codec: numberedOpus() }).take(400));

    media.stop();

    expect(over).toEqual([]);
    expect(media.opus).toBeUndefined();
  });

  it('is not there where it was not asked for', async () => {
    const { open } = mediaWorld(() => new PcmAacEncoder());
    const media = await open(SPEC);
    media.start(AUDIO, () => undefined);

    expect(media.opus).toBeUndefined();
    media.stop();
  });
});
