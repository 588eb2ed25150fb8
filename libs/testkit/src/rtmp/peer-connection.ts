import type { Socket } from 'node:net';
import { systemTimers } from '#foundation';
import type { Timers } from '#foundation';
import { ChunkSplitter } from './chunk-splitter.ts';
import type { PeerMessage } from './chunk-splitter.ts';
import type { KeyHolder } from './key-ledger.ts';
import { peerAmf, readPeerAmf } from './peer-amf.ts';
import type { PeerValue } from './peer-amf.ts';
import type { PeerBehaviour, PeerStep, PeerVoice } from './peer-behaviour.ts';
import { ServerHandshake } from './peer-handshake.ts';
import { PEER_TYPE, serverMessage, uint16, uint32 } from './peer-messages.ts';
import type { Chunking } from './peer-messages.ts';
import { SlowReader } from './slow-reader.ts';

/** What a connection tells the peer. */
export interface PeerEar {
  onStep(step: PeerStep): void;
  onCommand(values: readonly PeerValue[]): void;
  onMessage(message: PeerMessage): void;
  /** For slow reading. Default: the system's. */
  readonly timers?: Timers;
  /** A publish asks for its key; without this every key is free. */
  claimKey?(key: string, holder: KeyHolder): boolean;
  /** The publisher of a key has left: with a good-bye, or without a word. */
  releaseKey?(key: string, holder: KeyHolder, hasSaidGoodbye: boolean): void;
}

const STREAM_ID = 1;
const PING_REQUEST = 6;
const PING_RESPONSE = 7;

/** The server's side of one connection. */
export class PeerConnection implements KeyHolder, PeerVoice {
  readonly #socket: Socket;
  readonly #raw: Socket;
  readonly #behaviour: PeerBehaviour;
  readonly #ear: PeerEar;
  readonly #splitter = new ChunkSplitter();
  readonly #handshake: ServerHandshake;
  #speaks = true;
  #isShaken = false;
  #chunkSize = 128;
  #windowBytes = Number.POSITIVE_INFINITY;
  #receivedBytes = 0;
  #ackedBytes = 0;
  #wasReset = false;
  #isToLeave = false;
  #key: string | undefined;
  #complaint: Error | undefined;

  /** @param raw The TCP connection below a TLS one; it can be reset. */
  constructor(socket: Socket, behaviour: PeerBehaviour, ear: PeerEar, raw: Socket = socket) {
    this.#socket = socket;
    this.#raw = raw;
    this.#behaviour = behaviour;
    this.#ear = ear;
    this.#handshake = new ServerHandshake({
      kind: behaviour.handshake ?? (behaviour.stallAt === 'handshake' ? 'noS2' : 'simple'),
      send: (bytes) => this.send(bytes),
      mayAnswer: () => this.#reaches('handshake') || behaviour.stallAt === 'handshake',
    });
    const slow = behaviour.readsBytesPerSecond;
    const reader =
      slow === undefined ? undefined : new SlowReader(socket, slow, ear.timers ?? systemTimers);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (reader === undefined) this.#onData(bytes);
      else reader.push(bytes, (part) => this.#onData(part));
    });
    socket.on('error', () => (this.#wasReset = true));
    socket.once('close', () => this.#leaveKey(false));
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** The client has ended the connection by a reset, not by a FIN. */
  get wasReset(): boolean {
    return this.#wasReset;
  }

  /** What the client did against RTMP 1.0; it was not read any further. */
  get complaint(): Error | undefined {
    return this.#complaint;
  }

  /** Name of the stream, once it was asked for. */
  get key(): string | undefined {
    return this.#key;
  }

  get isToLeave(): boolean {
    return this.#isToLeave;
  }

  isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  look(): void {
    this.#socket.resume();
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  say(typeId: number, payload: Uint8Array, chunking: Chunking = {}): void {
    this.send(serverMessage(typeId, 0, payload, { chunkSize: this.#chunkSize, ...chunking }));
  }

  sayNumber(type: keyof typeof PEER_TYPE, value: number): void {
    this.say(PEER_TYPE[type], uint32(value), { chunkStreamId: 2 });
  }

  sayEvent(event: number, value: number): void {
    this.say(PEER_TYPE.userControl, Buffer.concat([uint16(event), uint32(value)]), {
      chunkStreamId: 2,
    });
  }

  ping(timestampMs: number): void {
    this.sayEvent(PING_REQUEST, timestampMs);
  }

  sendCommand(...values: PeerValue[]): void {
    const payload = peerAmf(values);
    if (this.#behaviour.amf !== 3) this.say(PEER_TYPE.commandAmf0, payload);
    else this.say(PEER_TYPE.commandAmf3, Buffer.concat([Buffer.of(0), payload]));
  }

  sendStatus(level: 'status' | 'error', code: string, description = ''): void {
    this.sendCommand('onStatus', 0, null, { level, code, description });
  }

  askToReconnect(tcUrl?: string): void {
    this.#isToLeave = true;
    const code = 'NetConnection.Connect.ReconnectRequest';
    const place = tcUrl === undefined ? {} : { tcUrl };
    this.sendCommand('onStatus', 0, null, { level: 'status', code, description: 'move', ...place });
  }

  setChunkSize(size: number): void {
    this.sayNumber('setChunkSize', size);
    this.#chunkSize = size;
  }

  reset(): void {
    this.#raw.resetAndDestroy();
  }

  halfClose(): void {
    this.#socket.end();
  }

  #onData(bytes: Buffer): void {
    if (this.#complaint !== undefined) return;
    if (this.#receivedBytes === 0) this.#speaks = this.#reaches('accept');
    this.#receivedBytes += bytes.length;
    if (!this.#speaks) return;
    const rest = this.#isShaken ? bytes : this.#shakeHands(bytes);
    if (rest === undefined) return;
    this.#read(rest);
    this.#acknowledge();
  }

  #shakeHands(bytes: Buffer): Buffer | undefined {
    const rest = this.#handshake.push(bytes);
    if (rest !== undefined) this.#isShaken = true;
    return rest;
  }

  #read(bytes: Buffer): void {
    try {
      for (const message of this.#splitter.push(bytes)) this.#onMessage(message);
    } catch (error) {
      this.#complaint = error instanceof Error ? error : new Error(String(error));
    }
  }

  #onMessage(message: PeerMessage): void {
    const { typeId, payload } = message;
    if (typeId === PEER_TYPE.windowAckSize) this.#windowBytes = payload.readUInt32BE(0);
    if (typeId === PEER_TYPE.userControl) this.#onUserControl(payload);
    if (typeId === PEER_TYPE.commandAmf0) this.#onCommand(readPeerAmf(payload));
    else this.#ear.onMessage(message);
  }

  #onUserControl(payload: Buffer): void {
    if (payload.readUInt16BE(0) !== PING_REQUEST || this.#behaviour.answersPings === false) return;
    this.sayEvent(PING_RESPONSE, payload.readUInt32BE(2));
  }

  #onCommand(values: readonly PeerValue[]): void {
    this.#ear.onCommand(values);
    const [name, transactionId, object, argument] = values;
    if (name === 'connect') this.#answerConnect(transactionId, object);
    if (name === 'createStream' && this.#reaches('createStream')) {
      this.sendCommand('_result', transactionId, null, STREAM_ID);
    }
    if (name === 'publish') this.#answerPublish(typeof argument === 'string' ? argument : '');
    if (name === 'FCUnpublish' || name === 'deleteStream') this.#leaveKey(true);
  }

  #answerConnect(transactionId: PeerValue, object: PeerValue): void {
    if (!this.#reaches('connect')) return;
    const { rejectConnect, answerConnectWith, verifier, connectInfo } = this.#behaviour;
    const wanted = verifier?.judge(askedConnect(object));
    if (answerConnectWith !== undefined) this.send(answerConnectWith);
    else if (wanted !== undefined) {
      const code = 'NetConnection.Connect.Rejected';
      this.sendCommand('_error', transactionId, null, {
        level: 'error',
        code,
        description: wanted,
      });
      this.#socket.end();
    } else if (rejectConnect !== undefined) {
      this.sendCommand('_error', transactionId, null, { level: 'error', ...rejectConnect });
    } else {
      const info = { level: 'status', code: 'NetConnection.Connect.Success', ...connectInfo };
      this.sendCommand('_result', transactionId, { fmsVer: 'FMS/3,0,1,123' }, info);
    }
  }

  #answerPublish(key: string): void {
    if (!this.#reaches('publish')) return;
    const { refusePublish } = this.#behaviour;
    if (refusePublish !== undefined) {
      this.sendCommand('onStatus', 0, null, { level: 'error', ...refusePublish });
    } else if (this.#ear.claimKey?.(key, this) === false) {
      this.sendStatus('error', 'NetStream.Publish.BadName', 'Already publishing');
    } else {
      this.#key = key;
      this.sendCommand('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start' });
      if (!this.#reaches('media')) this.#socket.pause();
    }
  }

  #leaveKey(hasSaidGoodbye: boolean): void {
    if (this.#key !== undefined) this.#ear.releaseKey?.(this.#key, this, hasSaidGoodbye);
  }

  /** Whether what was asked is to be answered. */
  #reaches(step: PeerStep): boolean {
    this.#ear.onStep(step);
    const isSilent = this.#behaviour.on?.[step]?.(this) === 'silent';
    return this.#behaviour.stallAt !== step && !isSilent && this.isOpen();
  }

  #acknowledge(): void {
    if (this.#behaviour.acknowledges === 'never') return;
    if (this.#receivedBytes - this.#ackedBytes < this.#windowBytes) return;
    this.#ackedBytes = this.#receivedBytes;
    this.sayNumber('acknowledgement', this.#receivedBytes);
  }
}

function askedConnect(object: PeerValue): { readonly app: string; readonly tcUrl: string } {
  const fields = typeof object === 'object' && object !== null ? Object.entries(object) : [];
  const text = (name: string): string => {
    const found: unknown = fields.find(([key]) => key === name)?.[1];
    return typeof found === 'string' ? found : '';
  };
  return { app: text('app'), tcUrl: text('tcUrl') };
}
