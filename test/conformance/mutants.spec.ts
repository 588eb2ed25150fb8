import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import {
  buildFrame,
  DrachtioProtocolError,
  FrameDecoder,
  parseClientMessage,
  parseServerMessage,
} from '#protocol/drachtio';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import { RtmpProtocolError, RtmpPublisher } from '#protocol/rtmp';
import type { PublisherEvent, PublisherOutput } from '#protocol/rtmp';
import { buildAnswer, readAnswer, SdpError } from '#protocol/sdp';
import {
  buildSipMessage,
  parseCommandMessage,
  parseNameAddr,
  parseSipMessage,
  parseUri,
  plainForm,
  SipParseError,
  SipStreamFramer,
  splitList,
  topVia,
} from '#protocol/sip';
import type { SipMessage } from '#protocol/sip';
import { SeededRandom } from '#testkit';
import { mutantRun } from '../support/mutant-run.ts';
import { Mutator } from '../support/mutator.ts';
import { OFFER } from '../support/signalling-world.ts';
import { FRAMES, REQUESTS, RESPONSES, SDPS } from './support/mutant-samples.ts';
import { RTMP_TALK } from './support/rtmp-talk.ts';

const { count, seed } = mutantRun;
/** Reading one mutant of 20 kB; far above what it takes, far below a pattern that backtracks. */
const HANG_MS = 1000;
/** What memory may have grown by after all mutants of one kind, in bytes: noise, and less than one object each. */
const LEAK_BYTES = 1_000_000 + count * 50;
/** Mutants read at a time. Memory is measured after the first batch: code is compiled, tables are built. */
const BATCH = 500;
const BATCH_MS = 20_000;
const TIMEOUT_MS = 60_000 + count * 6;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Objects alone: buffers are given back late, but none is held without an object. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

type ErrorClass =
  typeof SipParseError | typeof SdpError | typeof DrachtioProtocolError | typeof RtmpProtocolError;

/** What `run` gives, or undefined when it throws the error of its parser. Any other error goes on. */
function unlessRefused<T>(allowed: ErrorClass, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof allowed) return undefined;
    throw error;
  }
}

interface Tally {
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly grownBytes: number;
}

/** Reads mutants of the samples; an error names the mutant that caused it. */
function readMutants(
  samples: readonly Uint8Array[],
  read: (bytes: Uint8Array, mutator: Mutator) => boolean,
): Tally {
  const mutator = new Mutator(new SeededRandom(seed), samples);
  let accepted = 0;
  let slowestMs = 0;
  let before = 0;
  for (let done = 0; done < count; done += BATCH) {
    if (done === BATCH) before = heapBytes();
    let bytes: Uint8Array = new Uint8Array(0);
    const run = (): void => {
      for (let left = Math.min(BATCH, count - done); left > 0; left -= 1) {
        bytes = mutator.next();
        const started = performance.now();
        if (read(bytes, mutator)) accepted += 1;
        slowestMs = Math.max(slowestMs, performance.now() - started);
      }
    };
    try {
      // A pattern that backtracks without end is ended too, which the time limit of a test cannot do.
      runInNewContext('run()', { run }, { timeout: BATCH_MS });
    } catch (error) {
      const text = JSON.stringify(Buffer.from(bytes).toString('latin1'));
      throw new Error(`seed ${seed}: ${text}`, { cause: error });
    }
  }
  return { accepted, refused: count - accepted, slowestMs, grownBytes: heapBytes() - before };
}

function expectHarmless(tally: Tally): void {
  // A run that accepts nothing, or everything, tests nothing.
  expect(tally.accepted).toBeGreaterThan(count / 50);
  expect(tally.refused).toBeGreaterThan(count / 50);
  expect(tally.slowestMs).toBeLessThan(HANG_MS);
  expect(tally.grownBytes).toBeLessThan(LEAK_BYTES);
}

const startOf = (message: SipMessage): readonly unknown[] =>
  message.kind === 'request' ? [message.method, message.uri] : [message.status, message.reason];

/** What was accepted can be taken apart, and written so that it is read as the same. */
function useMessage(message: SipMessage): void {
  const { headers } = message;
  topVia(message);
  for (const contact of headers.getAll('Contact').flatMap(splitList)) {
    if (contact === '*') continue;
    const { uri } = parseNameAddr(contact);
    unlessRefused(SipParseError, () => parseUri(uri));
  }
  buildSipMessage(plainForm(message));
  const again = parseSipMessage(buildSipMessage(message), 'datagram');
  expect(startOf(again)).toEqual(startOf(message));
  expect(Buffer.from(again.body).equals(message.body)).toBe(true);
  for (const [name] of headers.entries()) {
    if (name.toLowerCase() !== 'content-length') {
      expect(again.headers.getAll(name)).toEqual(headers.getAll(name));
    }
  }
}

function readDatagram(bytes: Uint8Array): boolean {
  const message = unlessRefused(SipParseError, () => parseSipMessage(bytes, 'datagram'));
  unlessRefused(SipParseError, () => parseSipMessage(bytes, 'stream-frame'));
  unlessRefused(SipParseError, () => parseCommandMessage(bytes));
  if (message !== undefined) useMessage(message);
  return message !== undefined;
}

/** What a stream came to: messages, those passed over, and whether it was lost. */
function readStream(pieces: readonly Uint8Array[]): readonly [number, number, boolean] {
  const framer = new SipStreamFramer();
  let messages = 0;
  let isLost = false;
  for (const piece of [...pieces, new Uint8Array(0)]) {
    const found = unlessRefused(SipParseError, () => framer.push(piece));
    messages += found?.length ?? 0;
    isLost = found === undefined;
  }
  return [messages, framer.rejectedCount, isLost];
}

function readFrames(pieces: readonly Uint8Array[]): readonly [string[], boolean] {
  const decoder = new FrameDecoder();
  const payloads: string[] = [];
  let isLost = false;
  for (const piece of [...pieces, new Uint8Array(0)]) {
    const found = unlessRefused(DrachtioProtocolError, () => decoder.push(piece));
    for (const payload of found ?? []) payloads.push(Buffer.from(payload).toString('latin1'));
    isLost = found === undefined;
  }
  return [payloads, isLost];
}

/** What a publisher tells of a server that says this after its handshake, and whether the server was left. */
function readServer(pieces: readonly Uint8Array[]): readonly [PublisherEvent[], boolean] {
  const publisher = new RtmpPublisher({
    app: 'live',
    tcUrl: 'rtmp://example.com/live',
    streamKey: 'key',
    codec: { build: buildAmf0, parse: parseAmf0 },
    random: { bytes: (size) => new Uint8Array(size), below: () => 0 },
  });
  publisher.start();
  const events: PublisherEvent[] = [];
  let isLost = false;
  for (const piece of [RTMP_TALK.handshake, ...pieces]) {
    const output: PublisherOutput | undefined = isLost
      ? undefined
      : unlessRefused(RtmpProtocolError, () => publisher.receive(piece));
    events.push(...(output?.events ?? []));
    isLost = output === undefined;
  }
  return [events, isLost];
}

describe(`${count} mutants of each kind (seed ${seed})`, { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['requests', REQUESTS],
    ['responses', RESPONSES],
  ])('%s in datagrams', (_name, samples) => {
    expectHarmless(readMutants(samples, readDatagram));
  });

  it('requests and responses on a stream, wherever it is split', () => {
    const tally = readMutants([...REQUESTS, ...RESPONSES], (bytes, mutator) => {
      const whole = readStream([bytes]);

      expect(readStream(mutator.pieces(bytes))).toEqual(whole);
      return whole[0] > 0;
    });

    expectHarmless(tally);
  });

  it('SDP, as an answer and as an offer', () => {
    const offered = { codecs: ['PCMU', 'PCMA'], direction: 'recvonly' } as const;
    const local = {
      ...offered,
      address: '127.0.0.1',
      port: 4000,
      ptimeMs: 20,
      sessionId: 1,
      version: 1,
    };
    const tally = readMutants(SDPS, (bytes) => {
      const text = Buffer.from(bytes).toString();
      const audio = unlessRefused(SdpError, () => readAnswer(text, offered));
      unlessRefused(SdpError, () => buildAnswer(text, local, OFFER));
      if (audio === undefined) return false;
      expect(audio.remote?.port ?? 1).toBeGreaterThan(0);
      expect(audio.remote?.port ?? 1).toBeLessThan(65_536);
      expect(offered.codecs).toContain(audio.codec);
      return true;
    });

    expectHarmless(tally);
  });

  it('frames of the control protocol, wherever they are split', () => {
    const tally = readMutants(FRAMES, (bytes, mutator) => {
      const whole = readFrames([bytes]);

      expect(readFrames(mutator.pieces(bytes))).toEqual(whole);
      return whole[0].length > 0;
    });

    expectHarmless(tally);
  });

  it('what RTMP servers say to publishers, wherever it is split', () => {
    const { connected, created, started, controls, ...more } = RTMP_TALK;
    const good = Buffer.concat([connected, created, started]);
    const samples = [
      ...Object.values(more).map((last) => Buffer.concat([good, last])),
      Buffer.concat([good, controls]),
      ...[more.asked, more.challenged, more.nonced, more.refused],
    ];
    const tally = readMutants(samples, (bytes, mutator) => {
      const [events, isLost] = readServer([bytes]);
      const [again, isLostAgain] = readServer(mutator.pieces(bytes));

      expect(isLostAgain).toBe(isLost);
      // A server that is left in the end may have been heard before, if its words came one by one.
      if (!isLost) expect(again).toEqual(events);
      return !isLost && events.length > 0;
    });

    expectHarmless(tally);
  });

  it('messages of the control protocol', () => {
    const samples = FRAMES.flatMap((frame) => new FrameDecoder().push(frame));
    const tally = readMutants(samples, (payload) => {
      // There are no empty frames.
      const again = payload.length === 0 ? [] : new FrameDecoder().push(buildFrame(payload));
      expect(Buffer.concat(again).equals(payload)).toBe(true);
      const read = [parseClientMessage, parseServerMessage].map((parse) =>
        unlessRefused(DrachtioProtocolError, () => parse(payload)),
      );
      return read.some((message) => message !== undefined);
    });

    expectHarmless(tally);
  });
});
