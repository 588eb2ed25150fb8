import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { IdFactory } from '#domain';
import type { CallSpec, ClaimedCall } from '#domain';
import { buildFlvFileHeader, buildFlvFileTag } from '#protocol/flv';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import {
  RtmpPeer,
  RtpSource,
  SeededRandom,
  decodeOgg,
  dominantToneHz,
  encodeOgg,
  oggPackets,
  startNginxRtmp,
  tone,
  toneShare,
  wrapOpus,
} from '#testkit';
import type { Delivery, NginxRtmp, PayloadEncoder, PeerTag } from '#testkit';
import { Lease } from '../../apps/worker/src/calls/lease.ts';
import { OutputConnection } from '../../apps/worker/src/calls/output-connection.ts';
import { rtmpOutlets } from '../../apps/worker/src/calls/rtmp-outlet.ts';
import { AUDIO, asking, mediaWorld } from '../support/rtp-media-world.ts';
import { payloadHex } from '../support/opus-path-world.ts';
import { libavFormat, readByLibav } from './support/libav-flv.ts';

const RATE = 48_000;
/** FFmpeg's number for Opus. */
const AV_CODEC_ID_OPUS = 86_076;
const libav = libavFormat();
const SECONDS = 4;
const HZ = 440;
const AROUND = { fromHz: 300, toHz: 600 };
/** The answer of a server that decodes and forwards Opus. */
const KNOWS_OPUS = { audioFourCcInfoMap: { Opus: 5 }, capsEx: 1 };

let folder: string;
let nginx: NginxRtmp;
let packets: Uint8Array[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-opus-'));
  nginx = await startNginxRtmp({ workDir: folder, record: true });
  const signal = tone(HZ, 8000, RATE);
  const samples = Int16Array.from({ length: SECONDS * RATE }, (_, at) => signal(at, 0));
  const encoder = '-c:a libopus -b:a 32k -application voip';
  packets = oggPackets(encodeOgg({ samples, sampleRate: RATE, channels: 1, encoder }));
});

afterAll(async () => {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An Opus encoder's packets, one after the other. */
function readyMade(): PayloadEncoder {
  let next = 0;
  const encode = () => packets[next++ % packets.length] ?? new Uint8Array(0);
  return { payloadType: 111, sampleRate: RATE, clockRate: RATE, channels: 1, encode };
}

const ids = new IdFactory(() => 1, new SeededRandom(1));
const CALL = {} as ClaimedCall;

/** The media of a leg that gets Opus, and outputs of it. */
async function opusCall(urls: readonly string[]) {
  const world = mediaWorld(createWasmAacEncoder);
  const spec: CallSpec = asking('opus', 'PCMU');
  const audio = { ...spec.media.audio, sampleRate: RATE, passthrough: true } as const;
  const media = await world.open({ ...spec, media: { ...spec.media, audio } });
  const formats = new Map([
    [111, { codec: 'opus', clockRate: RATE, channels: 1 }],
    [0, { codec: 'PCMU', clockRate: 8000, channels: 1 }],
  ] as const);
  media.start({ ...AUDIO, codec: 'opus', payloadType: 111, payloadTypes: formats }, (fault) => {
    throw fault;
  });
  const tools = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const lease = new Lease(systemClock, systemClock.nowMicros());
  const openOutlet = rtmpOutlets({ ...tools, trust: undefined, allowPrivateTargets: true })(
    CALL,
    lease,
  );
  const lost: string[] = [];
  let publishedCount = 0;
  const outputs = urls.map((url) => {
    let published = (): void => undefined;
    const isPublished = new Promise<void>((resolve) => (published = resolve));
    const observer = {
      published: () => {
        publishedCount += 1;
        published();
      },
      lost: ({ code }: { code: string }) => void lost.push(code),
      moved: () => undefined,
      congested: () => undefined,
    };
    const streamKey = new Secret('opus');
    const target = { id: ids.outputId(), url, streamKey, urlCredentials: null };
    const options = { target, openOutlet, media: () => media, observer, logger: silentLogger };
    const connection = new OutputConnection({ ...options, clock: systemClock });
    connection.open();
    return { connection, isPublished };
  });
  await Promise.all(outputs.map(({ isPublished }) => isPublished));
  const play = async (deliveries: readonly Delivery[]): Promise<void> => {
    for (const { bytes } of deliveries) {
      world.ports.hear(bytes, world.time.nowMicros());
      world.time.advance(20);
      lease.extend(systemClock.nowMicros());
      await turn();
    }
  };
  const [first, second] = outputs.map(({ connection }) => connection);
  return { media, play, first, second, lost, publishedCount: () => publishedCount };
}

const SET_DATA_FRAME = Buffer.from('\u0002\0\u000d@setDataFrame', 'latin1');

/** As servers record it: a script loses the word that has brought it. */
const asInFile = ({ kind, timestampMs, body }: PeerTag): Uint8Array => {
  const isBrought = body.subarray(0, SET_DATA_FRAME.length).equals(SET_DATA_FRAME);
  const found = isBrought ? body.subarray(SET_DATA_FRAME.length) : body;
  return buildFlvFileTag({ kind, timestampMs, body: found });
};

/** Reads Opus out of audio messages as Enhanced RTMP v2 has them, by the document and not by our own reader. */
function readOpus(tags: readonly PeerTag[]) {
  const audio = tags.filter(({ kind }) => kind === 'audio');
  expect(audio.every(({ body }) => body.toString('latin1', 1, 5) === 'Opus')).toBe(true);
  const ofType = (type: number) =>
    audio.filter(({ body }) => body.readUInt8(0) === ((9 << 4) | type));
  const [head, ...others] = ofType(0);
  expect(others).toEqual([]);
  expect(head).toBe(audio[0]);
  const coded = ofType(1);
  return {
    head: head?.body.subarray(5) ?? Buffer.alloc(0),
    packets: coded.map(({ body }) => body.subarray(5)),
    times: coded.map(({ timestampMs }) => timestampMs),
  };
}

describe('Opus over Enhanced RTMP', () => {
  it('reaches one server untouched while another one gets AAC of the same call', async () => {
    const peer = await RtmpPeer.start({ connectInfo: KNOWS_OPUS });
    const urls = [
      `rtmp://127.0.0.1:${peer.port}/live`,
      nginx.rtmpUrl('live', '').replace(/\/$/, ''),
    ];
    const { media, play, first, second } = await opusCall(urls);
    const source = new RtpSource({ signal: tone(HZ, 8000, RATE), codec: readyMade() });
    const sent = source.take(SECONDS * 1000);

    await play(sent);
    await Promise.all([first?.close(), second?.close()]);
    media.stop();

    expect([first?.audioCodec, second?.audioCodec]).toEqual(['opus', 'aac']);
    const opus = readOpus(peer.tags);
    await peer.stop();
    const passed = opus.packets.map((packet) => packet.toString('hex'));
    const start = passed.indexOf(payloadHex(sent[0] ?? { atMs: 0, bytes: new Uint8Array(0) }));
    expect(passed.slice(start)).toEqual(sent.map(payloadHex).slice(0, passed.length - start));
    expect(passed.length).toBeGreaterThan(190);
    expect(opus.times).toEqual(passed.map((_, at) => at * 20));

    const ogg = wrapOpus(opus.head, opus.packets, () => 960);
    for (const decoder of ['opus', 'libopus']) {
      const heard = decodeOgg(ogg, decoder, RATE);
      expect(heard).toHaveLength(passed.length * 960);
      const body = heard.slice(RATE, 1.25 * RATE);
      expect(dominantToneHz(body, RATE, AROUND)).toBe(HZ);
      expect(toneShare(body, HZ, RATE)).toBeGreaterThan(0.98);
    }
    expect(await soundOf(nginx, 'opus')).toMatchObject({ codec: 'aac', hz: HZ });
  });

  it.runIf(libav !== undefined)('is read by FFmpeg out of FLV', async () => {
    if (libav === undefined) return;
    const peer = await RtmpPeer.start({ connectInfo: KNOWS_OPUS });
    const { media, play, first } = await opusCall([`rtmp://127.0.0.1:${peer.port}/live`]);
    const source = new RtpSource({ signal: tone(HZ, 8000, RATE), codec: readyMade() });
    await play(source.take(1000));
    await first?.close();
    media.stop();
    await peer.stop();
    const path = join(folder, 'opus.flv');
    const tracks = { hasAudio: true, hasVideo: false };
    writeFileSync(path, Buffer.concat([buildFlvFileHeader(tracks), ...peer.tags.map(asInFile)]));

    const found = await readByLibav(libav, path);

    const opus = readOpus(peer.tags);
    expect(found).toMatchObject({ codecId: AV_CODEC_ID_OPUS, sampleRate: RATE, channels: 1 });
    expect(found.head).toBe(opus.head.toString('hex'));
    expect(found.packets).toEqual(
      opus.packets.map((packet, at) => ({ atMs: opus.times[at], hex: packet.toString('hex') })),
    );
    expect(found.packets.length).toBeGreaterThan(40);
  });

  it('tells the server in onMetaData what comes, by the number of the codec', async () => {
    const peer = await RtmpPeer.start({ connectInfo: { audioFourCcInfoMap: { '*': 4 } } });
    const { media, play, first } = await opusCall([`rtmp://127.0.0.1:${peer.port}/live`]);

    await play(new RtpSource({ signal: tone(HZ, 8000, RATE), codec: readyMade() }).take(100));
    await first?.close();
    media.stop();
    await peer.stop();

    const script = peer.tags.find(({ kind }) => kind === 'script')?.body ?? Buffer.alloc(0);
    const at = script.indexOf('audiocodecid') + 'audiocodecid'.length;
    expect(script.readUInt8(at)).toBe(0);
    expect(script.readDoubleBE(at + 1)).toBe(1_332_770_163);
  });

  it('is left for AAC when the callee goes over to another codec', async () => {
    const peer = await RtmpPeer.start({ connectInfo: KNOWS_OPUS });
    const { media, play, first, lost, publishedCount } = await opusCall([
      `rtmp://127.0.0.1:${peer.port}/live`,
    ]);
    const source = new RtpSource({ signal: tone(HZ, 8000, RATE), codec: readyMade() });
    await play(source.take(400));
    source.change({ codec: 'PCMU', signal: tone(HZ) });

    await play(source.take(400));
    await peer.until(() => peer.commands.some(([name]) => name === 'deleteStream'));
    const before = peer.tags.length;
    first?.open();
    while (publishedCount() < 2) await turn();
    await play(source.take(400));
    await peer.until(() => peer.tags.length > before + 5);
    await first?.close();
    media.stop();
    await peer.stop();

    expect(lost).toEqual(['MEDIA_CODEC_CHANGED']);
    const after = peer.tags.slice(before).filter(({ kind }) => kind === 'audio');
    expect(after.every(({ body }) => body.readUInt8(0) === 0xaf)).toBe(true);
    expect(first?.audioCodec).toBe('aac');
  });
});

/** What ffmpeg says of a recording, once nginx has seen its publisher leave. */
async function soundOf(server: NginxRtmp, key: string) {
  for (;;) {
    const path = server.recordings().find((file) => file.includes(`/${key}-`));
    if (path === undefined) {
      await pause(20);
      continue;
    }
    const shown = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', path];
    const codec = execFileSync('ffprobe', shown).toString().trim();
    const pcm = execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 's16le', 'pipe:1']);
    const samples = new Int16Array(Uint8Array.from(pcm).buffer);
    return { codec, hz: dominantToneHz(samples.slice(RATE, 1.25 * RATE), RATE, AROUND) };
  }
}
