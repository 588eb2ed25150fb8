import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom, VirtualTime } from '#testkit';
import { NoRtpPortsError, RtpPortPool } from './rtp-port-pool.ts';
import type { RtpPortPoolOptions } from './rtp-port-pool.ts';
import type { RtpPorts } from './rtp-ports.ts';

const HOST = '127.0.0.1';
const OTHER_HOST = '127.0.0.2';
const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

type Options = Partial<Pick<RtpPortPoolOptions, 'range' | 'learning' | 'quarantine'>>;

function setup({ range = '42000-46999', seed = 1, ...options }: Options & { seed?: number } = {}) {
  const timers = new VirtualTime();
  const pool = new RtpPortPool({
    host: HOST,
    range,
    random: new SeededRandom(seed),
    clock: timers,
    timers,
    ...options,
  });
  open.push(pool);
  return { pool, timers };
}

/** Sends one datagram and resolves when the kernel has it. */
const sendTo = async (port: number, from: Socket, byte: number): Promise<void> => {
  await new Promise((sent) => {
    from.send(Uint8Array.of(byte), port, HOST, sent);
  });
};

/** Resolves when all that was sent before has been read by this process. */
async function allRead(pool: RtpPortPool, from: Socket): Promise<void> {
  const witness = await pool.bindPair();
  witness.setRemote(HOST, from.address().port);
  const witnessed = heardBy(witness, 1);
  await sendTo(witness.port, from, 0);
  await witnessed;
  await new Promise((turn) => setImmediate(turn));
  await witness.release();
}

async function peer(host = HOST): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  await new Promise<void>((bound) => socket.bind(0, host, bound));
  open.push(socket);
  return { socket, port: socket.address().port };
}

const nextMessage = (socket: Socket) =>
  new Promise<number[]>((resolve) => socket.once('message', (bytes) => resolve([...bytes])));

/** Resolves with the first byte of each RTP datagram, when `count` have been heard. */
const heardBy = (ports: RtpPorts, count: number) =>
  new Promise<number[]>((resolve) => {
    const heard: number[] = [];
    ports.onRtp((datagram) => {
      heard.push(datagram[0] ?? -1);
      if (heard.length === count) resolve(heard);
    });
  });

describe('a pool of RTP ports', () => {
  it('binds an even port and the odd one above it, and no pair twice', async () => {
    const { pool } = setup();

    const pairs = await Promise.all([pool.bindPair(), pool.bindPair(), pool.bindPair()]);

    expect(pairs.every(({ port, rtcpPort }) => port % 2 === 0 && rtcpPort === port + 1)).toBe(true);
    expect(new Set(pairs.map(({ port }) => port)).size).toBe(3);
    expect(pool.boundCount).toBe(3);
  });

  it('picks at random', async () => {
    const [first, second] = [setup({ seed: 1 }), setup({ seed: 2 })];

    const ports = [await first.pool.bindPair(), await second.pool.bindPair()];

    expect(ports[0]?.port).not.toBe(ports[1]?.port);
  });

  it('passes over pairs that somebody else has, and says when none is left', async () => {
    const { pool } = setup({ range: '47000-47003' });
    const stranger = createSocket('udp4');
    await new Promise<void>((bound) => stranger.bind(47_001, HOST, bound));
    open.push(stranger);

    const pair = await pool.bindPair();

    expect(pair.port).toBe(47_002);
    await expect(pool.bindPair()).rejects.toThrow(NoRtpPortsError);
  });

  it('hears the agreed peer only and counts the others', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const [friend, stranger] = [await peer(), await peer()];
    ports.setRemote(HOST, friend.port);
    const heard = heardBy(ports, 2);

    await sendTo(ports.port, friend.socket, 1);
    await allRead(pool, friend.socket);
    for (let i = 0; i < 10; i++) await sendTo(ports.port, stranger.socket, 9);
    await sendTo(ports.port, friend.socket, 2);

    expect(await heard).toEqual([1, 2]);
    expect(ports.stats()).toEqual({ accepted: 2, foreign: 10, early: 0, socketErrors: 0 });
  });

  it('hears nobody before an address is agreed', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const friend = await peer();
    const heard = heardBy(ports, 1);

    await sendTo(ports.port, friend.socket, 1);
    await allRead(pool, friend.socket);
    ports.setRemote(HOST, friend.port);
    friend.socket.send(Uint8Array.of(2), ports.port, HOST);

    expect(await heard).toEqual([2]);
    expect(ports.stats()).toMatchObject({ accepted: 1, foreign: 0, early: 1 });
  });

  it('sends RTP and RTCP from its own ports to the peer', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const [rtp, rtcp] = [await peer(), await peer()];
    ports.setRemote(HOST, rtp.port, rtcp.port);
    const messages = Promise.all([nextMessage(rtp.socket), nextMessage(rtcp.socket)]);
    const bytes = Uint8Array.of(1, 2, 3);

    ports.sendRtp(bytes);
    ports.sendRtcp(Uint8Array.of(4, 5));
    bytes.fill(0);

    expect(await messages).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('hears RTCP on its own port, from the port above the peer by default', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const rtcp = await peer();
    ports.setRemote(HOST, rtcp.port - 1);
    const heard = new Promise<number[]>((resolve) =>
      ports.onRtcp((datagram) => resolve([...datagram])),
    );

    rtcp.socket.send(Uint8Array.of(7), ports.rtcpPort, HOST);

    expect(await heard).toEqual([7]);
  });

  it('keeps ports bound until nobody has spoken there for 30 s', async () => {
    const { pool, timers } = setup({ range: '47010-47011' });
    const ports = await pool.bindPair();

    ports.close();
    ports.close();
    timers.advance(29_000);
    await expect(pool.bindPair()).rejects.toThrow(NoRtpPortsError);
    timers.advance(1_000);
    await ports.release();
    await new Promise((turn) => setImmediate(turn));

    expect(pool.boundCount).toBe(0);
    expect((await pool.bindPair()).port).toBe(47_010);
    expect(timers.pendingCount).toBe(0);
  });

  it('keeps them as long as the last peer goes on, ten minutes at most, and not for others', async () => {
    const { pool, timers } = setup();
    const friend = await peer();
    const stranger = await peer(OTHER_HOST);
    const [talked, knocked] = [await pool.bindPair(), await pool.bindPair()];
    for (const ports of [talked, knocked]) {
      ports.setRemote(HOST, friend.port);
      ports.close();
    }
    const restingAfter = async (ms: number): Promise<boolean[]> => {
      timers.advance(ms);
      await new Promise((turn) => setImmediate(turn));
      return [talked, knocked].map(({ isResting }) => isResting);
    };
    const speak = async (): Promise<void> => {
      await sendTo(talked.port, friend.socket, 1);
      await sendTo(knocked.port, stranger.socket, 9);
      await allRead(pool, friend.socket);
    };

    await restingAfter(20_000);
    await speak();
    expect(await restingAfter(20_000)).toEqual([true, false]);
    for (let time = 40_000; time < 580_000; time += 20_000) {
      await speak();
      expect(await restingAfter(20_000)).toEqual([true, false]);
    }
    await speak();

    expect(await restingAfter(20_000)).toEqual([false, false]);
  });

  it('says how many pairs are in use and how many rest when a range is too small', async () => {
    const { pool } = setup({ range: '47020-47025' });
    const pairs = [await pool.bindPair(), await pool.bindPair(), await pool.bindPair()];
    pairs[1]?.close();

    await expect(pool.bindPair()).rejects.toThrow(
      '47020-47025 has 3 pairs of ports: 2 in use, 1 resting after use, no free one found among ' +
        'the others; a wider range is needed',
    );
  });

  it('lets no call hear another, although 2,000 follow each other on few ports and peers talk on', async () => {
    const { pool, timers } = setup({ range: '47100-48299', seed: 5 });
    const friend = await peer();
    const strayed: number[] = [];
    let heardCount = 0;
    let before: readonly number[] = [];

    for (let round = 0; round < 20; round++) {
      const pairs = await Promise.all(Array.from({ length: 100 }, () => pool.bindPair()));
      for (const ports of pairs) {
        // The worst case: the peer of the next call has the very address of the last one.
        ports.setRemote(HOST, friend.port);
        ports.onRtp(([tag = -1]) => {
          heardCount += 1;
          if (tag !== round) strayed.push(tag);
        });
      }
      // The peers of the last round have not noticed that they are alone.
      await Promise.all(before.map((port) => sendTo(port, friend.socket, round - 1)));
      before = pairs.map(({ port }) => port);
      await Promise.all(before.map((port) => sendTo(port, friend.socket, round)));
      await allRead(pool, friend.socket);
      for (const ports of pairs) ports.close();
      timers.advance(10_000);
      await new Promise((turn) => setImmediate(turn));
    }

    expect(strayed).toEqual([]);
    expect(heardCount).toBe(2_000);
  });

  it('neither hears nor sends after it is closed', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const friend = await peer();
    ports.setRemote(HOST, friend.port);
    let heardCount = 0;
    ports.onRtp(() => (heardCount += 1));

    ports.close();
    await sendTo(ports.port, friend.socket, 1);
    await allRead(pool, friend.socket);
    ports.sendRtp(Uint8Array.of(1));

    expect(heardCount).toBe(0);
    expect(ports.stats().accepted).toBe(0);
  });
});

describe('ports that are sprayed', () => {
  /** Garbage from another host and from another port of the same one, to both ports of a pair. */
  async function spray(ports: RtpPorts, count: number): Promise<void> {
    const sources = [await peer(OTHER_HOST), await peer()];
    for (let n = 0; n < count; n++) {
      for (const { socket } of sources) {
        await sendTo(ports.port, socket, 9);
        await sendTo(ports.rtcpPort, socket, 9);
      }
    }
  }
  const isOwn = ([first]: Uint8Array): boolean => first !== 9;

  it('hear and answer the peer alone, before, while and after it is found at another port', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const [agreed, actual] = [await peer(), await peer()];
    const heard: number[] = [];
    ports.setRemote(HOST, agreed.port);
    ports.onRtp(([first = -1]) => heard.push(first), isOwn);
    ports.onRtcp(() => heard.push(-1), isOwn);
    const answers = Promise.all([nextMessage(agreed.socket), nextMessage(actual.socket)]);

    await spray(ports, 8);
    await allRead(pool, actual.socket);
    ports.sendRtp(Uint8Array.of(100));
    for (let n = 1; n <= 4; n++) await sendTo(ports.port, actual.socket, n);
    await spray(ports, 8);
    for (let n = 5; n <= 8; n++) await sendTo(ports.port, actual.socket, n);
    await allRead(pool, actual.socket);
    ports.sendRtp(Uint8Array.of(101));
    await spray(ports, 8);
    await sendTo(ports.port, actual.socket, 11);
    await allRead(pool, actual.socket);

    // The first four prove who speaks.
    expect(heard).toEqual([5, 6, 7, 8, 11]);
    expect(await answers).toEqual([[100], [101]]);
    expect(ports.stats().foreign).toBe(3 * 8 * 4 + 4);
  });

  it('live through 100,000 bad packets from elsewhere: every packet of the peer is heard', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const [friend, stranger] = [await peer(), await peer(OTHER_HOST)];
    let tell: (first: number) => void = () => undefined;
    ports.setRemote(HOST, friend.port);
    ports.onRtp(([first = -1]) => tell(first));

    for (let burst = 0; burst < 500; burst++) {
      const heard = new Promise<number>((resolve) => (tell = resolve));
      // No more than the kernel keeps: 200 small datagrams.
      for (let n = 0; n < 200; n++) stranger.socket.send(Uint8Array.of(200), ports.port, HOST);
      await sendTo(ports.port, friend.socket, burst % 100);
      expect(await heard).toBe(burst % 100);
    }

    expect(ports.stats()).toMatchObject({ accepted: 500, foreign: 100_000 });
  });

  it('take the largest datagram there is, and send the peer nothing for it', async () => {
    const { pool } = setup();
    const ports = await pool.bindPair();
    const friend = await peer();
    ports.setRemote(HOST, friend.port);
    const sizes: number[] = [];
    ports.onRtp((datagram) => sizes.push(datagram.length));

    await new Promise((sent) => {
      friend.socket.send(new Uint8Array(65_507), ports.port, HOST, sent);
    });
    await allRead(pool, friend.socket);

    expect(sizes).toEqual([65_507]);
  });

  it('find a peer behind address translation only where that is wanted, and its reports at its host only', async () => {
    const { pool } = setup({ learning: 'source' });
    const ports = await pool.bindPair();
    const [actual, forger] = [await peer(OTHER_HOST), await peer()];
    const reports: number[] = [];
    ports.setRemote('192.0.2.1', 4000);
    ports.onRtcp(([first = -1]) => reports.push(first));
    const answer = nextMessage(actual.socket);

    for (let n = 0; n < 5; n++) await sendTo(ports.port, actual.socket, n);
    for (let n = 0; n < 9; n++) await sendTo(ports.rtcpPort, forger.socket, 9);
    for (let n = 0; n < 3; n++) await sendTo(ports.rtcpPort, actual.socket, n);
    await allRead(pool, forger.socket);
    ports.sendRtp(Uint8Array.of(7));

    expect(await answer).toEqual([7]);
    expect(reports).toEqual([1, 2]);
  });
});
