import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { openPublishSession } from '#adapters/rtmp-tcp';
import type { PublishOptions, PublishSession } from '#adapters/rtmp-tcp';
import { parseRtmpUrl } from '#protocol/rtmp';
import {
  SeededRandom,
  VirtualTime,
  startNginxRtmp,
  startNodeMediaServer,
  survivors,
} from '#testkit';
import { Mutator } from '../support/mutator.ts';
import { HEADER, frame } from '../support/publish-world.ts';

/** For how long each server's words are damaged beyond the usual sessions; `FUZZ_SECONDS=60` for a long run. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 0);
const SESSIONS = 300;
/** The last few sessions may still be on the stack or in a closing socket; a leak keeps all of them. */
const MAX_KEPT_SESSIONS = 10;
/** Another program may take a free port before the server does. */
const STARTS = 3;
const SEED = Number(process.env['SEED'] ?? 20_263);
/** S0, S1 and S2: what is in them is read by nobody, so it is seldom worth damaging. */
const HANDSHAKE_BYTES = 3073;
/** Longer than all deadlines of a session that never gets anywhere. */
const PATIENCE_MS = 60_000;
const TURNS = 6;

let folder: string;
const transcripts: Record<string, Uint8Array> = {};

/** All that a server says to one publisher, up to and past the first frames. */
async function recordServer(url: string): Promise<Uint8Array> {
  const target = parseRtmpUrl(url);
  const said: Buffer[] = [];
  const proxy = createServer((client) => {
    const server = connect(target.port, '127.0.0.1');
    server.on('data', (bytes: Buffer) => said.push(bytes));
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => undefined);
  });
  const port = await listening(proxy);
  const time = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const session = open(port, { ...time, target: { ...target, port } });
  await session.ready;
  for (let i = 0; i < 200; i++) session.write(frame(i * 23, 200));
  await session.close();
  await new Promise((closed) => proxy.close(closed));
  return Buffer.concat(said);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function open(
  port: number,
  options: Pick<PublishOptions, 'clock' | 'timers' | 'random'> & Partial<PublishOptions>,
): PublishSession {
  return openPublishSession({
    target: parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/key-1`),
    metadata: { audiocodecid: 10 },
    headers: [HEADER],
    ...options,
  });
}

interface StartedServer {
  rtmpUrl(app: string, key: string): string;
  stop(): Promise<unknown>;
}

async function transcriptOf(start: (place: string) => Promise<StartedServer>): Promise<Uint8Array> {
  for (let left = STARTS - 1; ; left--) {
    try {
      const server = await start(mkdtempSync(join(folder, 'server-')));
      try {
        return await recordServer(server.rtmpUrl('live', 'x'));
      } finally {
        await server.stop();
      }
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-rtmp-fuzz-'));
  transcripts['nginx-rtmp'] = await transcriptOf((place) =>
    startNginxRtmp({ workDir: place, record: false }),
  );
  transcripts['Node-Media-Server'] = await transcriptOf(startNodeMediaServer);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server that says given words, a piece whenever it hears something, and then leaves or falls silent. */
class Parrot {
  readonly server: Server;
  #pieces: Uint8Array[] = [];
  #ending: (socket: Socket) => void = () => undefined;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('data', () => this.#say(socket));
    });
  }

  learn(pieces: Uint8Array[], ending: (socket: Socket) => void): void {
    this.#pieces = pieces;
    this.#ending = ending;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.server.close(closed));
  }

  #say(socket: Socket): void {
    const piece = this.#pieces.shift();
    if (piece !== undefined) socket.write(piece);
    else this.#ending(socket);
  }
}

const ENDINGS: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.end(),
  (socket) => socket.resetAndDestroy(),
  () => undefined,
];

/** In pieces of random sizes, S0 to S2 in the first one. */
function inPieces(bytes: Uint8Array, random: SeededRandom): Uint8Array[] {
  const pieces = [bytes.subarray(0, HANDSHAKE_BYTES)];
  for (let at = HANDSHAKE_BYTES; at < bytes.length;) {
    const size = 1 + random.below(400);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Publishes until the session has ended; more than one outcome is none. */
async function outcomeOf(session: PublishSession, time: VirtualTime): Promise<string> {
  const outcomes: string[] = [];
  void session.ended.then((end) => outcomes.push(end === 'closed' ? end : end.code));
  for (let round = 0; outcomes.length === 0 && round < 60; round++) {
    session.write(frame(round * 23, 300));
    for (let turn = 0; turn < TURNS; turn++) await new Promise((next) => setImmediate(next));
  }
  if (outcomes.length === 0) {
    time.advance(PATIENCE_MS);
    session.destroy();
    await session.ended;
  }
  return outcomes.join();
}

describe('T10: damaged words of a server', () => {
  it.each(['nginx-rtmp', 'Node-Media-Server'])(
    'like %s lead each session to one end',
    async (name) => {
      const transcript = transcripts[name] ?? new Uint8Array();
      expect(transcript.length).toBeGreaterThan(HANDSHAKE_BYTES + 200);
      const random = new SeededRandom(SEED);
      const words = new Mutator(random, [transcript.subarray(HANDSHAKE_BYTES)]);
      const parrot = new Parrot();
      const port = await listening(parrot.server);
      const time = new VirtualTime();
      const seen = new Map<string, number>();
      const opened: WeakRef<PublishSession>[] = [];
      const untilMs = performance.now() + SECONDS * 1000;
      for (let run = 0; performance.now() < untilMs || run < SESSIONS; run++) {
        const said = Buffer.concat([transcript.subarray(0, HANDSHAKE_BYTES), words.next()]);
        if (random.below(10) === 0) said[random.below(said.length)] = random.below(256);
        parrot.learn(
          inPieces(said, random),
          ENDINGS[random.below(3)] ?? ENDINGS[0] ?? (() => undefined),
        );
        const session = open(port, { clock: time, timers: time, random });
        opened.push(new WeakRef(session));
        const outcome = await outcomeOf(session, time);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
      await parrot.stop();

      expect([...seen.keys()].filter((code) => !/^(closed|RTMP_[A-Z_]+)$/.test(code))).toEqual([]);
      expect(seen.size).toBeGreaterThan(1);
      expect(time.pendingCount).toBe(0);
      // Virtual time lets go of cancelled timers only when they would have been due.
      time.advance(PATIENCE_MS);
      expect(await survivors(opened)).toBeLessThan(MAX_KEPT_SESSIONS);
    },
    SECONDS * 1000 + 60_000,
  );
});
