import type { Micros } from '#foundation';
import { opusFrameTag, opusSequenceStartTag } from '#protocol/flv';
import { OPUS_RATE, opusFrameSamples, opusPacketSamples } from '#protocol/opus';
import type { FanOut } from '../outlet/fan-out.ts';
import { PassingStage } from '../stage.ts';
import type { Sink, Stage } from '../stage.ts';
import type { DueAudio } from './due-audio.ts';
import type { MuteSwitch } from './mute-audio.ts';
import { TICK_MS } from './pcm.ts';
import type { Playout } from './playout.ts';

/** Opus as it comes, for outlets that take it untouched. */
export interface OpusPassage {
  /** Hears Opus. Its outlets are ended when the sender goes over to another codec, and when the path ends. */
  readonly fanOut: FanOut;
  /** Whether the sender speaks Opus, or is expected to. */
  readonly isOpen: boolean;
}

/** The passage as the stage that fills it knows it. */
export class OpusGate implements OpusPassage {
  readonly fanOut: FanOut;
  isOpen: boolean;

  constructor(fanOut: FanOut, isOpen: boolean) {
    this.fanOut = fanOut;
    this.isOpen = isOpen;
  }
}

interface PassOpusOptions {
  readonly gate: OpusGate;
  readonly mute: Readonly<MuteSwitch>;
  /** Says how fast the sender's sound is played, and how much of it is ready. */
  readonly playout: Playout;
  /** What decoders shall put out, if no packet has said so before the first tag is due. */
  readonly channels: 1 | 2;
}

const samplesOf = (ms: number): number => (ms * OPUS_RATE) / 1000;

/** Off its place by more, either way, what goes out is put right by a packet left out or a frame put in. */
const TOLERANCE = samplesOf(20);
/** A gap is the receiving decoder's to fill for this long: a sender that pauses (DTX) is heard again every 400 ms. */
const CONCEALED = samplesOf(500);
/** 20 ms of CELT with its flag for silence, mono: behind a gap, decoders may go on with noise for ever. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const SILENCE_SAMPLES = samplesOf(20);
/** What is left of the first byte of a packet when it holds a single frame (RFC 6716 section 3.1). */
const SINGLE_FRAME = 0xfc;

/** All counts are in samples at 48 kHz. */
class PassOpus extends PassingStage<DueAudio, DueAudio> {
  readonly #gate: OpusGate;
  readonly #mute: Readonly<MuteSwitch>;
  readonly #playout: Playout;
  #channels: 1 | 2;
  #tickCount = 0;
  /** How much has gone out: all timestamps come from it. */
  #given = 0;
  #hasHeader = false;
  /** A frame of the kind of the last packet, without content: lost, for decoders (RFC 6716 section 3.2.1). */
  readonly #lostFrame = new Uint8Array(1);
  /** Put in since the last packet; from the beginning there is only silence. */
  #invented = CONCEALED;

  constructor(next: Sink<DueAudio>, { gate, mute, playout, channels }: PassOpusOptions) {
    super(next);
    this.#gate = gate;
    this.#mute = mute;
    this.#playout = playout;
    this.#channels = channels;
  }

  write(due: DueAudio): void {
    const length = samplesOf((due.duration * 1000) / due.clockRate) / this.#playout.speed;
    if (due.kind === 'packet' && due.decoder.isOpus !== true) this.#close(length);
    else if (this.#mute.isMuted) this.#silence(length);
    else if (due.kind === 'packet') this.#pass(due, length);
    else this.#fillUntil(this.#place() + length);
    this.next.write(due);
  }

  override tick(now: Micros): void {
    this.#tickCount += 1;
    super.tick(now);
  }

  override end(): void {
    super.end();
    this.#gate.fanOut.end();
  }

  protected name(): string {
    return `opus(${this.#gate.fanOut.describe()})`;
  }

  /** Where on air the sound stands that is given now. */
  #place(): number {
    return samplesOf(this.#tickCount * TICK_MS + this.#playout.aheadMs);
  }

  /** @param length How long what is due of the packet is on air: less than the whole when its front came too late. */
  #pass({ payload, decoder }: DueAudio, length: number): void {
    this.#gate.isOpen = true;
    if (!this.#hasHeader) this.#channels = decoder.channels;
    const place = this.#place();
    const whole = opusPacketSamples(payload, 0, payload.length);
    if (this.#given < place - TOLERANCE) this.#fillUntil(place);
    if (this.#given + whole - (place + length) > Math.max(TOLERANCE, whole / 2)) return;
    this.#lostFrame[0] = (payload[0] ?? 0) & SINGLE_FRAME;
    this.#invented = 0;
    this.#give(payload, whole);
  }

  /** Not with frames that decoders conceal: they would go on with what they have heard last. */
  #silence(length: number): void {
    this.#invented = CONCEALED;
    this.#fillUntil(this.#place() + length);
  }

  /** Fills up to the frame that ends nearest. */
  #fillUntil(end: number): void {
    for (;;) {
      const isLost = this.#invented < CONCEALED;
      const frame = isLost ? this.#lostFrame : SILENCE;
      const samples = isLost ? opusFrameSamples(frame[0] ?? 0) : SILENCE_SAMPLES;
      if (end - this.#given < samples / 2) return;
      this.#invented += samples;
      this.#give(frame, samples);
    }
  }

  /** The sender speaks another codec. */
  #close(length: number): void {
    if (this.#gate.isOpen) {
      this.#gate.isOpen = false;
      this.#hasHeader = false;
      this.#invented = CONCEALED;
      this.#gate.fanOut.end();
    }
    this.#given = this.#place() + length;
  }

  #give(packet: Uint8Array, samples: number): void {
    const { fanOut } = this.#gate;
    const timestampMs = Math.floor((this.#given * 1000) / OPUS_RATE);
    this.#given += samples;
    if (!this.#hasHeader) {
      this.#hasHeader = true;
      fanOut.write(opusSequenceStartTag(this.#channels, timestampMs));
    }
    fanOut.write(opusFrameTag(packet, timestampMs));
  }
}

/**
 * Passes what is due on unchanged, and gives the Opus packets among it to outlets of their own, byte by byte as they came.
 *
 * @remarks No delay, no memory. What goes out has no gap: timestamps are the sum of what went out before. Holes and pauses
 * are filled with frames without content, which decoders conceal, after 500 ms with silence; a mute with silence at once. Where what went out is off its
 * place on air by more than 20 ms (the drift of the sender's clock, packets that came too late for a part), a packet is left
 * out or a frame put in; with packets of more than 40 ms the measure is half a packet. Packets of another codec end the
 * outlets.
 * @see RFC 6716 section 3; RFC 7587 section 4; Enhanced RTMP v2, section Enhanced Audio
 */
export function passOpus(options: PassOpusOptions): Stage<DueAudio, DueAudio> {
  return (next) => new PassOpus(next, options);
}
