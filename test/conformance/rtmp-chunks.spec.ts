import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import { RtmpPublisher } from '#protocol/rtmp';
import type { PublisherEvent } from '#protocol/rtmp';
import { ChunkSplitter, PEER_TYPE, peerAmf, SeededRandom, serverMessage } from '#testkit';
import type { PeerMessage } from '#testkit';
import { RTMP_TALK } from './support/rtmp-talk.ts';

interface World {
  readonly publisher: RtmpPublisher;
  /** Reads what the publisher says from the end of its handshake on. */
  readonly reader: ChunkSplitter;
}

/** A publisher that may write media. */
function publishing(chunkSizeBytes?: number): World {
  const publisher = new RtmpPublisher({
    app: 'live',
    tcUrl: 'rtmp://example.com/live',
    streamKey: 'key',
    codec: { build: buildAmf0, parse: parseAmf0 },
    random: new SeededRandom(1),
    ...(chunkSizeBytes === undefined ? {} : { chunkSizeBytes }),
  });
  const reader = new ChunkSplitter();
  publisher.start();
  const { handshake, connected, created, started } = RTMP_TALK;
  publisher.receive(handshake.subarray(0, -1));
  for (const bytes of [handshake.subarray(-1), connected, created, started])
    reader.push(publisher.receive(bytes).out);
  expect(publisher.step).toBe('publishing');
  return { publisher, reader };
}

const TYPE_OF = {
  audio: PEER_TYPE.audio,
  video: PEER_TYPE.video,
  script: PEER_TYPE.dataAmf0,
} as const;

describe('chunks that we write, read by a reader that is not ours', () => {
  const chunkSize = fc.oneof(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 9, max: 5000 }),
    fc.constantFrom(128, 65_536, 2 ** 24 - 1),
  );
  const start = fc.constantFrom(0, 2 ** 24 - 60, 2 ** 31 - 60, 2 ** 32 - 60, 2 ** 33 - 60);
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.nat(60) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 24 - 1, 2 ** 24, 2 ** 31) },
  );
  const tag = fc.record({
    kind: fc.constantFrom('audio', 'audio', 'video', 'script'),
    stepMs: step,
    size: fc.oneof(fc.constantFrom(0, 1, 200), fc.nat(3000)),
  });

  it('say every tag with its time, past 2^24, 2^31 and 2^32 ms', () => {
    fc.assert(
      fc.property(chunkSize, start, fc.array(tag, { maxLength: 20 }), (size, startMs, tags) => {
        const { publisher, reader } = publishing(size);
        let timestampMs = startMs;
        for (const { kind, stepMs, size: length } of tags) {
          timestampMs += stepMs;
          const body = new Uint8Array(length).fill(length + stepMs);

          const read = reader.push(publisher.writeMedia({ kind, timestampMs, body }));

          expect(read).toEqual<PeerMessage[]>([
            {
              typeId: TYPE_OF[kind],
              messageStreamId: 7,
              timestampMs: timestampMs % 2 ** 32,
              payload: Buffer.from(body),
            },
          ]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('say the longest message there is, past 2^24 ms', () => {
    const { publisher, reader } = publishing();
    const body = Buffer.alloc(2 ** 24 - 1, 0x5a);

    const [read] = reader.push(
      publisher.writeMedia({ kind: 'video', timestampMs: 2 ** 24 + 40, body }),
    );

    expect(read?.timestampMs).toBe(2 ** 24 + 40);
    expect(read?.payload.equals(body)).toBe(true);
  });
});

describe('chunks of a writer that is not ours, read by us', () => {
  const chunking = fc.record({
    chunkStreamId: fc.oneof(fc.integer({ min: 3, max: 63 }), fc.integer({ min: 64, max: 65_599 })),
    timestampMs: fc.oneof(
      fc.nat(100),
      fc.integer({ min: 2 ** 24 - 3, max: 2 ** 24 + 1 }),
      fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 - 1 }),
    ),
  });
  const request = fc.record({ chunking, description: fc.string({ maxLength: 190 }) });
  const conversation = fc.record({
    chunkSize: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(65_536, 2 ** 24)),
    requests: fc.array(request, { minLength: 1, maxLength: 8 }),
    cut: fc.integer({ min: 1, max: 200 }),
  });

  it('are understood, however they and the bytes are cut', () => {
    fc.assert(
      fc.property(conversation, ({ chunkSize: size, requests, cut }) => {
        const { publisher } = publishing();
        const bytes = Buffer.concat([
          serverMessage(PEER_TYPE.setChunkSize, 0, Buffer.from(hex32(size), 'hex')),
          ...requests.map(({ chunking: how, description }, index) =>
            serverMessage(PEER_TYPE.commandAmf0, 0, requestToReconnect(index, description), {
              ...how,
              chunkSize: size,
            }),
          ),
        ]);
        const events: PublisherEvent[] = [];
        for (let at = 0; at < bytes.length; at += cut)
          events.push(...publisher.receive(bytes.subarray(at, at + cut)).events);

        expect(events).toMatchObject(
          requests.map((_, index) => ({ kind: 'reconnectAsked', tcUrl: `rtmp://h/${index}` })),
        );
      }),
      { numRuns: 300 },
    );
  });
});

const hex32 = (value: number): string => value.toString(16).padStart(8, '0');

const requestToReconnect = (index: number, description: string): Buffer =>
  peerAmf([
    'onStatus',
    0,
    null,
    {
      level: 'status',
      code: 'NetConnection.Connect.ReconnectRequest',
      description,
      tcUrl: `rtmp://h/${index}`,
    },
  ]);
