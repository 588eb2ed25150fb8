import { invariant } from '#foundation';
import { ChunkReader } from '../chunks/chunk-reader.ts';
import { ChunkWriter } from '../chunks/chunk-writer.ts';
import {
  buildControlMessage,
  parseControlMessage,
  USER_CONTROL_EVENT,
} from '../chunks/control-message.ts';
import type { ControlMessage } from '../chunks/control-message.ts';
import { INITIAL_CHUNK_SIZE_BYTES, MESSAGE_TYPE } from '../chunks/rtmp-message.ts';
import type { RtmpMessage } from '../chunks/rtmp-message.ts';
import { ClientHandshake } from './client-handshake.ts';
import { FlowControl } from './flow-control.ts';
import { textsToHide } from './hidden-texts.ts';
import { mediaMessage } from './media-message.ts';
import type { MediaTag } from './media-message.ts';
import { pingMessage, pongMessage, readPong } from './pings.ts';
import {
  RECONNECT_REQUEST,
  readReconnectRequest,
  readStatus,
  refusalFromError,
  refusalIn,
} from './publish-refusal.ts';
import type { PublishRefusal } from './publish-refusal.ts';
import {
  announceCommands,
  connectCommand,
  DEFAULT_FLASH_VERSION,
  goodbyeCommands,
  publishCommand,
  TRANSACTION,
} from './publisher-commands.ts';
import type { CommandValue } from './publisher-commands.ts';
import type {
  PublisherEvent,
  PublisherOutput,
  PublisherStep,
  RtmpPublisherOptions,
} from './publisher-contract.ts';
import { readAbilities } from './server-abilities.ts';
import type { ServerAbilities } from './server-abilities.ts';
import { readCommand } from './server-command.ts';
import type { ServerCommand } from './server-command.ts';

const DEFAULT_CHUNK_SIZE_BYTES = 4096;
const DEFAULT_ACK_WINDOW_BYTES = 16_384;
const COMMAND_CHUNK_STREAM_ID = 3;

/**
 * The client's side of an RTMP publish: bytes in, bytes and events out.
 *
 * @remarks Reads no clock: whoever owns the connection gives every step its time.
 * Order: handshake, connect, releaseStream + FCPublish + createStream, publish, media, good-bye.
 * @see RTMP 1.0 sections 5 and 7
 */
export class RtmpPublisher {
  readonly #options: RtmpPublisherOptions;
  readonly #secrets: readonly string[];
  readonly #handshake = new ClientHandshake();
  readonly #reader = new ChunkReader();
  readonly #writer = new ChunkWriter();
  readonly #flow: FlowControl;
  #step: PublisherStep = 'handshake';
  #messageStreamId = 0;
  #ignoredMessages = 0;
  #abilities: ServerAbilities = readAbilities([]);
  #pending: Uint8Array[] = [];
  #events: PublisherEvent[] = [];

  constructor(options: RtmpPublisherOptions) {
    this.#options = options;
    this.#secrets = textsToHide(options);
    this.#flow = new FlowControl(options.ackWindowBytes ?? DEFAULT_ACK_WINDOW_BYTES);
  }

  get step(): PublisherStep {
    return this.#step;
  }

  /** Messages that were of no use to a publisher or could not be read. */
  get ignoredMessages(): number {
    return this.#ignoredMessages;
  }

  /** The first bytes for the server. */
  start(): Uint8Array {
    return this.#handshake.start(this.#options.random);
  }

  /**
   * Takes bytes of the server, in pieces of any size.
   *
   * @throws RtmpProtocolError when the server breaks the protocol; the connection is of no use then.
   */
  receive(bytes: Uint8Array): PublisherOutput {
    if (this.#step !== 'over') {
      this.#flow.received(bytes.length);
      const rest = this.#step === 'handshake' ? this.#shakeHands(bytes) : bytes;
      this.#read(rest);
      const acknowledgement = this.#flow.acknowledge();
      if (acknowledgement !== undefined) this.#send(acknowledgement);
    }
    const events = this.#events;
    this.#events = [];
    return { out: this.#takePending(), events };
  }

  /**
   * The bytes of one tag. Copies the body once.
   *
   * @param tag Timestamps are whole milliseconds; they may pass 2^32.
   */
  writeMedia(tag: MediaTag): Buffer {
    invariant(this.#step === 'publishing', 'media is written while publishing');
    return this.#writer.write(mediaMessage(tag, this.#messageStreamId));
  }

  /**
   * Asks the server for a sign of life. Not all of them answer.
   *
   * @param timestampMs Comes back in `pong`, modulo 2^32.
   * @see RTMP 1.0 section 7.1.7; the document has servers ask, and most answer as well
   */
  ping(timestampMs: number): Uint8Array {
    return this.#writer.write(pingMessage(timestampMs));
  }

  /** Asks the server to acknowledge at another distance; empty when it need not be told. */
  askToAcknowledge(windowBytes: number): Uint8Array {
    this.#flow.want(windowBytes);
    this.#announceWindow();
    return this.#takePending();
  }

  /** The good-bye: takes the stream off the server. Empty when the server has not created one. */
  close(): Uint8Array {
    const hasStream = this.#step === 'publish' || this.#step === 'publishing';
    this.#step = 'over';
    const goodbye = goodbyeCommands(this.#options.streamKey, this.#messageStreamId);
    if (hasStream) for (const [values, on] of goodbye) this.#sendCommand(values, on);
    return this.#takePending();
  }

  #shakeHands(bytes: Uint8Array): Uint8Array {
    const { out, consumedBytes, isDone } = this.#handshake.receive(bytes);
    if (out !== undefined) this.#pending.push(out);
    if (isDone) {
      this.#step = 'connect';
      const { app, tcUrl, flashVersion = DEFAULT_FLASH_VERSION } = this.#options;
      this.#sendCommand(connectCommand({ app, tcUrl, flashVersion }));
    }
    return bytes.subarray(consumedBytes);
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes, (message) => this.#onMessage(message));
    } catch (error) {
      // What a server says behind its refusal takes nothing away from it.
      if (this.#step !== 'over') throw error;
    }
  }

  #onMessage(message: RtmpMessage): void {
    if (this.#step === 'over') return;
    const control = parseControlMessage(message);
    if (control !== undefined) this.#onControl(control);
    else {
      const command = readCommand(message, this.#options.codec);
      if (command === undefined || !this.#onCommand(command)) this.#ignoredMessages += 1;
    }
  }

  #onControl(control: ControlMessage): void {
    switch (control.kind) {
      case 'acknowledgement':
        this.#events.push({ kind: 'acknowledged', sequenceNumber: control.sequenceNumber });
        return;
      case 'windowAckSize':
        this.#flow.setServerWindow(control.sizeBytes);
        return;
      case 'setPeerBandwidth':
        this.#flow.limit(control);
        this.#announceWindow();
        return;
      case 'userControl':
        this.#onUserControl(control.eventType, control.data);
        return;
      case 'setChunkSize':
      case 'abort':
        // The chunk reader has obeyed.
        return;
    }
  }

  #onUserControl(eventType: number, data: Uint8Array): void {
    if (eventType === USER_CONTROL_EVENT.pingRequest) this.#send(pongMessage(data));
    if (eventType !== USER_CONTROL_EVENT.pingResponse) return;
    const timestampMs = readPong(data);
    if (timestampMs !== undefined) this.#events.push({ kind: 'pong', timestampMs });
  }

  /** Returns whether the command meant anything to us. */
  #onCommand({ name, transactionId, values }: ServerCommand): boolean {
    if (name === 'onStatus') return this.#onStatus(values[1]);
    if (name === '_error') return this.#onError(transactionId, values[1]);
    if (name === 'close') return this.#refuse({ code: 'closed', serverCode: '', description: '' });
    if (name !== '_result') return false;
    if (this.#step === 'connect' && transactionId === TRANSACTION.connect) {
      return this.#onConnected(values);
    }
    if (this.#step === 'createStream' && transactionId === TRANSACTION.createStream) {
      return this.#onStreamCreated(values[1]);
    }
    return false;
  }

  #onConnected(answer: readonly unknown[]): boolean {
    const refusal = refusalIn(readStatus(answer[1]), this.#secrets);
    if (refusal !== undefined) return this.#refuse(refusal);
    this.#abilities = readAbilities(answer);
    const { streamKey, chunkSizeBytes = DEFAULT_CHUNK_SIZE_BYTES } = this.#options;
    this.#announceWindow();
    if (chunkSizeBytes !== INITIAL_CHUNK_SIZE_BYTES) {
      this.#send(buildControlMessage({ kind: 'setChunkSize', sizeBytes: chunkSizeBytes }));
      this.#writer.chunkSizeBytes = chunkSizeBytes;
    }
    for (const command of announceCommands(streamKey)) this.#sendCommand(command);
    this.#step = 'createStream';
    return true;
  }

  #onStreamCreated(streamId: unknown): boolean {
    const isId = Number.isInteger(streamId) && Number(streamId) >= 0 && Number(streamId) < 2 ** 32;
    if (!isId) {
      const description = 'createStream was answered without a stream';
      return this.#refuse({ code: 'failed', serverCode: '', description });
    }
    this.#messageStreamId = Number(streamId);
    this.#sendCommand(publishCommand(this.#options.streamKey), this.#messageStreamId);
    this.#step = 'publish';
    return true;
  }

  #onStatus(info: unknown): boolean {
    const status = readStatus(info);
    if (status.code === RECONNECT_REQUEST) {
      const { tcUrl, description } = readReconnectRequest(info, this.#secrets);
      this.#events.push({ kind: 'reconnectAsked', tcUrl, description });
      return true;
    }
    if (status.code === 'NetStream.Publish.Start') {
      if (this.#step !== 'publish') return false;
      this.#step = 'publishing';
      this.#events.push({ kind: 'ready', abilities: this.#abilities });
      return true;
    }
    const refusal = refusalIn(status, this.#secrets);
    return refusal !== undefined && this.#refuse(refusal);
  }

  /** An error to releaseStream or FCPublish is none: many servers do not know them. */
  #onError(transactionId: number, info: unknown): boolean {
    const step = this.#step;
    const isAwaited = step === 'connect' || step === 'createStream' || step === 'publish';
    const isOurs = isAwaited && transactionId === TRANSACTION[step];
    return isOurs && this.#refuse(refusalFromError(readStatus(info), this.#secrets));
  }

  #refuse(refusal: PublishRefusal): boolean {
    this.#step = 'over';
    this.#events.push({ kind: 'refused', refusal });
    return true;
  }

  #announceWindow(): void {
    const announcement = this.#flow.announce();
    if (announcement !== undefined) this.#send(announcement);
  }

  #sendCommand(values: readonly CommandValue[], messageStreamId = 0): void {
    this.#send({
      chunkStreamId: COMMAND_CHUNK_STREAM_ID,
      typeId: MESSAGE_TYPE.commandAmf0,
      messageStreamId,
      timestampMs: 0,
      payload: this.#options.codec.build(values),
    });
  }

  #send(message: RtmpMessage): void {
    this.#pending.push(this.#writer.write(message));
  }

  #takePending(): Uint8Array {
    const pending = this.#pending;
    this.#pending = [];
    return Buffer.concat(pending);
  }
}
