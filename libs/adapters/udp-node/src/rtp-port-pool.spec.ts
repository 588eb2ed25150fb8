import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '#foundation';
import { SeededRandom, VirtualTime } from '#testkit';
import { NoRtpPortsError, RtpPortPool } from './index.ts';
import type { RtpPorts } from './index.ts';

const HOST = '127.0.0.1';
const open: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

function setup({ range = '42000-46999', seed = 1 } = {}) {
  const timers = new VirtualTime();
  const pool = new RtpPortPool({
    host: HOST,
    range,
    random: new SeededRandom(seed),
    clock: systemClock,
    timers,
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

async function peer(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  await new Promise<void>((bound) => socket.bind(0, HOST, bound));
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
    expect(ports.stats()).toEqual({ accepted: 2, foreign: 10, socketErrors: 0 });
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

  it('keeps ports in quarantine before somebody else can have them', async () => {
    const { pool, timers } = setup({ range: '47010-47011' });
    const ports = await pool.bindPair();

    ports.close();
    ports.close();
    await expect(pool.bindPair()).rejects.toThrow(NoRtpPortsError);
    timers.advance(5000);
    await ports.release();
    await new Promise((turn) => setImmediate(turn));

    expect(pool.boundCount).toBe(0);
    expect((await pool.bindPair()).port).toBe(47_010);
    expect(timers.pendingCount).toBe(0);
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
