import type { Socket } from 'node:net';
import { buildAmf0, parseAmf0 } from '#protocol/amf';
import type { AmfValue } from '#protocol/amf';
import { ChunkSplitter, serverMessage } from './chunk-splitter.ts';
import type { PeerMessage } from './chunk-splitter.ts';

/** Where a peer can stop answering. `accept` never says anything, `media` publishes and then stops reading. */
export type PeerStep = 'accept' | 'handshake' | 'connect' | 'createStream' | 'publish' | 'media';

/** A status a server sends. */
export interface PeerStatus {
  readonly code: string;
  readonly description?: string;
}

/** How a peer behaves; may be changed while it runs, for the connections that follow. */
export interface PeerBehaviour {
  /** Takes what comes up to this step and never answers it. */
  stallAt?: PeerStep;
  /** Refuses `connect` with `_error`. */
  rejectConnect?: PeerStatus;
  /** Refuses `publish` with onStatus, level error. */
  refusePublish?: PeerStatus;
  /** Raw bytes instead of an answer to `connect`. */
  answerConnectWith?: Uint8Array;
  /** Acknowledges as asked by the client, or never. Default: asked. */
  acknowledges?: 'asked' | 'never';
}

/** What a connection tells the peer. */
export interface PeerEar {
  onStep(step: PeerStep): void;
  onCommand(values: readonly AmfValue[]): void;
  onMessage(message: PeerMessage): void;
}

const HANDSHAKE_SIZE = 1536;
const STREAM_ID = 1;
const TYPE = { ack: 3, userControl: 4, windowAckSize: 5, command: 20 } as const;

/** The server's side of one connection. */
export class PeerConnection {
  readonly #socket: Socket;
  readonly #behaviour: PeerBehaviour;
  readonly #ear: PeerEar;
  readonly #splitter = new ChunkSplitter();
  #handshake = Buffer.alloc(0);
  #isShaken = false;
  #windowBytes = Number.POSITIVE_INFINITY;
  #receivedBytes = 0;
  #ackedBytes = 0;
  #wasReset = false;

  constructor(socket: Socket, behaviour: PeerBehaviour, ear: PeerEar) {
    this.#socket = socket;
    this.#behaviour = behaviour;
    this.#ear = ear;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', () => (this.#wasReset = true));
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** The client has ended the connection by a reset, not by a FIN. */
  get wasReset(): boolean {
    return this.#wasReset;
  }

  /** Sends raw bytes, whatever they do to the client. */
  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  sendCommand(...values: AmfValue[]): void {
    this.send(serverMessage(TYPE.command, 0, buildAmf0(values)));
  }

  #onData(bytes: Buffer): void {
    if (this.#receivedBytes === 0) this.#ear.onStep('accept');
    this.#receivedBytes += bytes.length;
    if (this.#behaviour.stallAt === 'accept') return;
    const rest = this.#isShaken ? bytes : this.#shakeHands(bytes);
    for (const message of this.#splitter.push(rest)) this.#onMessage(message);
    this.#acknowledge();
  }

  /** Answers C0 and C1; returns what comes behind C2. */
  #shakeHands(bytes: Buffer): Buffer {
    const before = this.#handshake.length;
    this.#handshake = Buffer.concat([this.#handshake, bytes]);
    const c1End = 1 + HANDSHAKE_SIZE;
    if (before < c1End && this.#handshake.length >= c1End) {
      this.#ear.onStep('handshake');
      const s1 = Buffer.alloc(HANDSHAKE_SIZE, 7);
      this.send(Buffer.concat([Uint8Array.of(3), s1]));
      if (this.#behaviour.stallAt !== 'handshake') this.send(this.#handshake.subarray(1, c1End));
    }
    const end = c1End + HANDSHAKE_SIZE;
    if (this.#handshake.length < end) return Buffer.alloc(0);
    this.#isShaken = true;
    return this.#handshake.subarray(end);
  }

  #onMessage(message: PeerMessage): void {
    if (message.typeId === TYPE.windowAckSize) this.#windowBytes = message.payload.readUInt32BE(0);
    if (message.typeId === TYPE.command) this.#onCommand(parseAmf0(message.payload));
    else this.#ear.onMessage(message);
  }

  #onCommand(values: readonly AmfValue[]): void {
    this.#ear.onCommand(values);
    const [name, transactionId] = values;
    if (name === 'connect') this.#answerConnect(transactionId);
    if (name === 'createStream' && this.#reaches('createStream')) {
      this.sendCommand('_result', transactionId, null, STREAM_ID);
    }
    if (name === 'publish') this.#answerPublish();
  }

  #answerConnect(transactionId: AmfValue): void {
    if (!this.#reaches('connect')) return;
    const { rejectConnect, answerConnectWith } = this.#behaviour;
    if (answerConnectWith !== undefined) this.send(answerConnectWith);
    else if (rejectConnect !== undefined) {
      this.sendCommand('_error', transactionId, null, { level: 'error', ...rejectConnect });
    } else {
      const info = { level: 'status', code: 'NetConnection.Connect.Success' };
      this.sendCommand('_result', transactionId, { fmsVer: 'FMS/3,0,1,123' }, info);
    }
  }

  #answerPublish(): void {
    if (!this.#reaches('publish')) return;
    const { refusePublish } = this.#behaviour;
    if (refusePublish !== undefined) {
      this.sendCommand('onStatus', 0, null, { level: 'error', ...refusePublish });
      return;
    }
    this.sendCommand('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start' });
    if (!this.#reaches('media')) this.#socket.pause();
  }

  #reaches(step: PeerStep): boolean {
    this.#ear.onStep(step);
    return this.#behaviour.stallAt !== step;
  }

  #acknowledge(): void {
    if (this.#behaviour.acknowledges === 'never') return;
    if (this.#receivedBytes - this.#ackedBytes < this.#windowBytes) return;
    this.#ackedBytes = this.#receivedBytes;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(this.#receivedBytes % 2 ** 32);
    this.send(serverMessage(TYPE.ack, 0, payload));
  }
}
