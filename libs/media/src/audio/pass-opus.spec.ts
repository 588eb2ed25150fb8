import { describe, expect, it } from 'vitest';
import { micros } from '#foundation';
import { RtpSource, SeededRandom, playDeliveries, tone, trouble } from '#testkit';
import { parseOpusBody } from '#protocol/flv';
import {
  OPUS_FIRST,
  hollowOpus as OPUS,
  numberedOpus,
  opusPathWorld,
  passedPackets,
  payloadHex,
} from '../../../../test/support/opus-path-world.ts';
import { PCMU, SEED, TagList } from '../../../../test/support/audio-path-world.ts';
import { FanOut } from '../outlet/fan-out.ts';
import type { Sink } from '../stage.ts';
import { DueAudio } from './due-audio.ts';
import { OpusGate, passOpus } from './pass-opus.ts';
import { Playout } from './playout.ts';

/** A frame of CELT, full band, 20 ms, without content. */
const LOST = 'f8';
const SILENCE = 'f8fffe';

const opusSource = (options: Partial<ConstructorParameters<typeof RtpSource>[0]> = {}) =>
  new RtpSource({ signal: tone(440), codec: numberedOpus(), ...options });

/** All that went out is of one piece: each packet begins where the one before it ended, to the rounding. */
function expectNoGap(packets: ReturnType<typeof passedPackets>): void {
  let samples = 0;
  for (const packet of packets) {
    expect(packet.timestampMs).toBe(Math.floor(samples / 48));
    samples += packet.samples;
  }
}

/** The stage alone, as the jitter buffer feeds it whose sender's clock is off by so much. */
function aDayOf({ ppm, length, toc }: { ppm: number; length: number; toc: number }) {
  const ticks = 24 * 3600 * 50;
  const playout = new Playout();
  playout.speed = 1 + ppm / 1e6;
  let [now, farthestMs, own, all] = [0, 0, 0, 0];
  const fanOut = new FanOut();
  const outlet = new TagList();
  outlet.write = ({ body, timestampMs }) => {
    all += 1;
    if (body[6] === 1) own += 1;
    farthestMs = Math.max(farthestMs, Math.abs(timestampMs - now - 10));
  };
  fanOut.add(outlet);
  const gate = new OpusGate(fanOut, true);
  const stage = passOpus({ gate, mute: { isMuted: false }, playout, channels: 1 })(
    new NothingBehind(),
  );
  const due = new DueAudio();
  Object.assign(due, { kind: 'packet', clockRate: 48_000, duration: length, decoder: OPUS });
  due.payload = Uint8Array.of(toc, 1);
  const onAirMs = length / 48 / playout.speed;
  let given = 0;
  for (let tick = 0; tick < ticks; tick++) {
    now = tick * 20;
    for (; given * onAirMs < now + 20; given++) {
      playout.aheadMs = given * onAirMs - now;
      stage.write(due);
    }
    stage.tick(micros(now * 1000));
  }
  return { farthestMs, moved: given - own + (all - 1 - own) };
}

class NothingBehind implements Sink<DueAudio> {
  write(): void {
    // What is decoded does not matter here.
  }
  tick(): void {
    // Nor does time.
  }
  end(): void {
    // Nothing to free.
  }
  describe(): string {
    return 'nothing';
  }
}

describe('Opus passed through', () => {
  it('stands in the path before the decoder', () => {
    const { path } = opusPathWorld();

    expect(path.describe()).toBe(
      'rtp > lock > unwrap > reception > noise > jitter(60ms) > opus(fan-out(list)) > ' +
        'decode(0:pcmu 111:opus) > fill > resample(48000) > level > mute > gather(40ms) > aac(pcm) > flv > fan-out()',
    );
  });

  it('begins with the head of a mono stream, once', () => {
    const { path, outlet } = opusPathWorld();

    playDeliveries(path, opusSource().take(1000), { untilMs: 1000 });

    const headers = outlet.tags.filter((tag) => tag.isSequenceHeader === true);
    expect(headers).toEqual([outlet.tags[0]]);
    expect(parseOpusBody(outlet.tags[0]?.body ?? new Uint8Array(0)).payload[9]).toBe(1);
  });

  it.each([2.5, 5, 10, 20, 40, 60])('passes packets of %f ms byte by byte', (ptimeMs) => {
    const { path, outlet } = opusPathWorld();
    const sent = opusSource({ ptimeMs }).take(3000);

    playDeliveries(path, sent, { untilMs: 3200 });

    const packets = passedPackets(outlet.tags);
    const own = packets.filter(({ hex }) => hex !== SILENCE && hex.length > 2);
    expect(own.map(({ hex }) => hex)).toEqual(sent.map(payloadHex));
    expectNoGap(packets);
  });

  it('puts out 20 ms of silence for every tick although nothing comes in', () => {
    const { path, outlet } = opusPathWorld();

    playDeliveries(path, [], { untilMs: 1000 });

    const packets = passedPackets(outlet.tags);
    expect(packets).toHaveLength(50);
    expect(packets.every(({ hex }) => hex === SILENCE)).toBe(true);
    expectNoGap(packets);
  });

  it('puts a frame without content where a packet was lost', () => {
    const { path, outlet } = opusPathWorld();
    const sent = opusSource().take(2000);
    const lost = [20, 50, 51];

    playDeliveries(
      path,
      sent.filter((_, at) => !lost.includes(at)),
      { untilMs: 2000 },
    );

    const passed = passedPackets(outlet.tags).map(({ hex }) => hex);
    const start = passed.indexOf(payloadHex(sent[0] ?? { atMs: 0, bytes: new Uint8Array(0) }));
    const expected = sent.map((each, at) => (lost.includes(at) ? LOST : payloadHex(each)));
    expect(passed.slice(start)).toEqual(expected.slice(0, passed.length - start));
  });

  it('keeps order and bytes on a bad network', () => {
    const { path, outlet } = opusPathWorld({ jitter: { minMs: 80, maxMs: 80 } });
    const sent = opusSource().take(20_000);
    const network = trouble(sent, {
      random: new SeededRandom(SEED),
      lossShare: 0.05,
      duplicateShare: 0.02,
      reorderShare: 0.05,
      jitterMs: 15,
    });

    playDeliveries(path, network.deliveries, { untilMs: 20_000 });

    const packets = passedPackets(outlet.tags);
    const order = new Map(sent.map((each, at) => [payloadHex(each), at]));
    const places = packets.flatMap(({ hex }) => order.get(hex) ?? []);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(places.length);
    expect(places).toHaveLength(path.stats().played);
    expect(packets.filter(({ hex }) => hex === LOST).length).toBeGreaterThan(20);
    expectNoGap(packets);
  });

  it('fills pauses with frames that decoders conceal, and long ones with silence', () => {
    const { path, outlet } = opusPathWorld();
    const source = opusSource();
    const before = source.take(400);
    source.pause(400);
    const between = source.take(20);
    source.pause(2000);
    const after = source.take(400);

    playDeliveries(path, [...before, ...between, ...after], { untilMs: 3400 });

    const packets = passedPackets(outlet.tags);
    const passed = packets.map(({ hex }) => hex);
    const first = passed.indexOf(payloadHex(before[0] ?? { atMs: 0, bytes: new Uint8Array(0) }));
    const told = passed.slice(first).filter((hex) => hex === LOST || hex === SILENCE);
    expect(told.slice(0, 20)).toEqual(new Array(20).fill(LOST));
    expect(told.slice(20, 45)).toEqual(new Array(25).fill(LOST));
    expect(told.slice(45, 120)).toEqual(new Array(75).fill(SILENCE));
    expectNoGap(packets);
  });

  it.each([2000, -2000])('stays within 40 ms of our clock at %i ppm', (skewPpm) => {
    const { path, outlet } = opusPathWorld({ jitter: { minMs: 40, maxMs: 300 } });
    const sent = opusSource({ skewPpm }).take(100_000);
    const offsets: number[] = [];
    let seen = 0;
    const ticked = {
      receive: path.receive.bind(path),
      tick: (now: Parameters<typeof path.tick>[0]) => {
        path.tick(now);
        for (; seen < outlet.tags.length; seen++) {
          offsets.push((outlet.tags[seen]?.timestampMs ?? 0) - (now / 1000 - 20));
        }
      },
    };

    playDeliveries(ticked, sent, { untilMs: 100_000 });

    const packets = passedPackets(outlet.tags);
    expectNoGap(packets);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(40);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(-40);
    // 2000 ppm of 100 s are 10 packets: so many were left out or put in, besides those at both ends.
    const own = packets.filter(({ hex }) => hex.length > 6).length;
    const moved = skewPpm > 0 ? sent.length - own : packets.length - own;
    expect(moved).toBeGreaterThanOrEqual(6);
    expect(moved).toBeLessThanOrEqual(16);
  });

  it.each([
    { ppm: 100, length: 960, toc: 0xf8 },
    { ppm: -100, length: 2880, toc: 0x18 },
  ])('stays at its place for 24 hours at $ppm ppm, packets of $length samples', (drift) => {
    const { farthestMs, moved } = aDayOf(drift);

    expect(farthestMs).toBeLessThanOrEqual(40);
    // 8.64 s of drift, in pieces of a packet or of 20 ms.
    const pieces = (8640 * 48) / drift.length;
    expect(moved / pieces).toBeGreaterThan(0.9);
    expect(moved / pieces).toBeLessThan(3);
  });

  it('ends its outlets when the sender goes over to another codec, and opens again with Opus', () => {
    const { path, opus, outlet } = opusPathWorld();
    const source = opusSource();
    const spoken = source.take(400);
    source.change({ codec: 'PCMU' });
    const other = source.take(400);

    playDeliveries(path, [...spoken, ...other], { untilMs: 700 });

    expect(outlet.isEnded).toBe(true);
    expect(opus.isOpen).toBe(false);
    // What waited in the jitter buffer when the other timeline began is given up.
    const passed = passedPackets(outlet.tags).filter(({ hex }) => hex.length > 6);
    expect(passed.map(({ hex }) => hex)).toEqual(spoken.slice(0, 17).map(payloadHex));

    source.change({ codec: numberedOpus() });
    playDeliveries(path, source.take(400), { fromMs: 700, untilMs: 1300 });

    expect(opus.isOpen).toBe(true);
    expect(outlet.tags.at(-1)?.timestampMs).toBeLessThan(460);
  });

  it('is closed from the beginning where Opus is not expected', () => {
    const payloadTypes = new Map([[0, PCMU], ...OPUS_FIRST]);

    expect(opusPathWorld({ payloadTypes }).opus.isOpen).toBe(false);
    expect(opusPathWorld().opus.isOpen).toBe(true);
  });

  it('ends its outlets with the path', () => {
    const { path, opus, outlet } = opusPathWorld();

    path.end();

    expect(outlet.isEnded).toBe(true);
    expect(opus.isOpen).toBe(true);
  });
});
