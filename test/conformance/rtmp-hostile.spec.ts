import { describe, expect, it } from 'vitest';
import { PEER_TYPE, leastGrowth } from '#testkit';
import type { PeerMessage, PeerStep, PeerVoice } from '#testkit';
import { frame, publishWorld } from '../support/publish-world.ts';

interface Saying {
  readonly name: string;
  readonly say: (server: PeerVoice) => void;
}

const MEGABYTE = 1_048_576;
const LAST_PING = 4_711_000;
const isLastPong = ({ typeId, payload }: PeerMessage): boolean =>
  typeId === PEER_TYPE.userControl && payload.readUInt32BE(2) === LAST_PING;

const BANDWIDTHS = [
  { name: 'hard', limit: 0 },
  { name: 'soft', limit: 1 },
  { name: 'dynamic', limit: 2 },
  { name: 'of no known type', limit: 77 },
];

/** Allowed, or odd and harmless: the stream goes on, whenever it comes. */
const HARMLESS: readonly Saying[] = [
  ...[1, 128, 65_536, 16 * MEGABYTE, 2 ** 31 - 1].map((size) => ({
    name: `a chunk size of ${size}`,
    say: (server: PeerVoice) => server.setChunkSize(size),
  })),
  ...[1, 0, 2 ** 32 - 1].map((size) => ({
    name: `an acknowledgement window of ${size}`,
    say: (server: PeerVoice) => server.sayNumber('windowAckSize', size),
  })),
  ...BANDWIDTHS.map(({ name, limit }) => ({
    name: `a bandwidth limit that is ${name}`,
    say: (server: PeerVoice) =>
      server.say(PEER_TYPE.setPeerBandwidth, Buffer.from([0, 0, 0, 1, limit])),
  })),
  {
    name: 'a thousand pings',
    say: (server) => {
      for (let i = 0; i < 1000; i++) server.ping(i);
    },
  },
  {
    name: 'messages of every type that is not a message',
    say: (server) => {
      const known = new Set<number>([1, 2, 3, 4, 5, 6, 17, 20]);
      for (let type = 0; type < 256; type++)
        if (!known.has(type)) server.say(type, Buffer.alloc(200, type));
    },
  },
  {
    name: 'user control events of every kind',
    say: (server) => {
      for (let event = 0; event < 40; event++) server.sayEvent(event, 1);
    },
  },
  {
    name: 'the end of a message that never began',
    say: (server) => server.sayNumber('abort', 40),
  },
  {
    name: 'a message cut off, then aborted',
    say: (server) => {
      server.send(Buffer.from('0a00000000100014000000000000', 'hex'));
      server.send(Buffer.alloc(126, 1));
      server.sayNumber('abort', 10);
    },
  },
  {
    name: 'AMF 3 that is not AMF 0',
    say: (server) => server.say(PEER_TYPE.commandAmf3, Buffer.from('110a0b0100', 'hex')),
  },
  {
    name: 'commands nobody knows',
    say: (server) => server.sendCommand('onBWDone', 0, null, [1, { a: 'b' }], undefined, true),
  },
  {
    name: 'a text of 100 kB',
    say: (server) =>
      server.sendCommand('onStatus', 0, null, { level: 'status', code: 'x'.repeat(1e5) }),
  },
  {
    name: 'acknowledgements of more than was sent',
    say: (server) => server.sayNumber('acknowledgement', 2 ** 31),
  },
];

/** Against RTMP, or more than anybody needs. */
const FATAL: readonly Saying[] = [
  { name: 'a chunk size of 0', say: (server) => server.sayNumber('setChunkSize', 0) },
  { name: 'a chunk size of 2^31', say: (server) => server.sayNumber('setChunkSize', 2 ** 31) },
  {
    name: 'a text of 4 MB',
    say: (server) => server.sendCommand('onStatus', 0, null, 'x'.repeat(4 * MEGABYTE)),
  },
  {
    name: 'a message of 16 MB, never sent',
    say: (server) => server.send(Buffer.from('03000000ffffff1400000000', 'hex')),
  },
  {
    name: 'a control message without its number',
    say: (server) => server.say(PEER_TYPE.setChunkSize, Buffer.of(1)),
  },
  {
    name: 'chunk streams without end',
    say: (server) => {
      for (let id = 4; id < 1000; id++)
        server.say(PEER_TYPE.commandAmf0, Buffer.alloc(1), { chunkStreamId: id });
    },
  },
];

const STEPS: readonly PeerStep[] = ['connect', 'createStream', 'publish', 'media'];

describe('T10: a server that says', () => {
  it.each(HARMLESS)('$name gets its stream all the same', async ({ say }) => {
    for (const step of STEPS) {
      const { peer, time, open } = await publishWorld({
        on: {
          [step]: (server: PeerVoice) => {
            say(server);
            return 'answer';
          },
        },
      });
      const session = open();
      await session.ready;
      for (let i = 0; i < 20; i++) session.write(frame(i * 23, 9000));
      await peer.until(() => peer.tags.length === 22);
      time.advance(2000);

      expect(session.stats().state).toBe('publishing');
      expect(peer.connections[0]?.complaint).toBeUndefined();
      expect(peer.tags.slice(2).map((tag) => tag.timestampMs)).toEqual(
        Array.from({ length: 20 }, (_, i) => i * 23),
      );
    }
  });

  it.each(FATAL)('$name is left at once', async ({ say }) => {
    for (const step of STEPS) {
      const { peer, time, open } = await publishWorld({
        on: {
          [step]: (server: PeerVoice) => {
            say(server);
            return 'answer';
          },
        },
      });

      expect(await open().ended).toMatchObject({ code: 'RTMP_PROTOCOL' });
      await peer.until(() => peer.openConnections === 0);
      expect(time.pendingCount).toBe(0);
    }
  });

  it('anything of that costs no memory that stays', async () => {
    const grown = await leastGrowth(async () => {
      for (const { say } of [...HARMLESS, ...FATAL]) {
        const { peer, open } = await publishWorld();
        const session = open();
        await session.ready;
        const [server] = peer.connections;
        if (server !== undefined) say(server);
        server?.ping(LAST_PING);
        await Promise.race([session.ended, peer.until(() => peer.messages.some(isLastPong))]);
        session.destroy();
        await peer.stop();
      }
    });

    expect(grown).toBeLessThan(10 * MEGABYTE);
  });
});
