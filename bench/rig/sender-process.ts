import { createSocket } from 'node:dgram';
import { PCMU } from '#protocol/g711';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';
import { SeededRandom, TroubleMaker, voice } from '#testkit';
import type { Delivery } from '#testkit';
import type { MediaTarget } from './contender.ts';

/** What is said in all calls: somebody speaks, or silence with a click every second or so. */
export type SentSignal = 'speech' | 'clicks';

/** A bad network that lies before the last of the calls. */
export interface TroubledCalls {
  readonly count: number;
  /** Packets that get lost, each on its own, 0 to 1. A packet with a click comes through: what is lost cannot be timed. */
  readonly lossShare: number;
  /** Added to each packet, drawn evenly from 0 on; none overtakes another. */
  readonly jitterMs: number;
}

/** What the parent asks. */
export type SenderRequest =
  | {
      readonly kind: 'bind';
      readonly calls: number;
      readonly signal: SentSignal;
      readonly trouble: TroubledCalls;
    }
  | { readonly kind: 'send'; readonly targets: readonly (readonly MediaTarget[])[] }
  | { readonly kind: 'tellClicks' };

/** A click as it was sent. */
export interface SentClick {
  /** Samples of the call before it, at 8000 Hz. */
  readonly sample: number;
  /** When its packet was sent, on the monotonic clock that all processes share. */
  readonly atMicros: number;
}

/** Answers, in the order of the requests. */
export interface SenderReply {
  /** The port that all packets come from. */
  readonly sourcePort: number;
  /** The clicks of each call. */
  readonly clicks: readonly (readonly SentClick[])[];
}

interface SendingCall {
  readonly datagram: Uint8Array;
  /** Where in the signal the call begins, so that no two say the same at the same time. */
  readonly offset: number;
  readonly clicks: SentClick[];
  readonly network: TroubleMaker | undefined;
  /** On their way through a bad network, in the order of their arrival. */
  readonly travelling: Delivery[];
  targets: readonly MediaTarget[];
  packetCount: number;
  nextAtMs: number;
}

const HOST = '127.0.0.1';
const CLOCK_RATE = 8000;
const PACKET_SAMPLES = 160;
const PACKET_MS = 20;
const SEED = 1876;
const SPEECH_SECONDS = 20;
const CLICK_SAMPLES = 80;
const CLICK_PERIOD_SAMPLES = 8;
const CLICK_PEAK = 24_000;
/** Packets from one click to the next: no two alike, so that a click is known by its neighbours. */
const CLICK_GAPS = [47, 63, 55, 71, 59, 67, 43];

const socket = createSocket({
  type: 'udp4',
  // Targets are addresses: answering at once makes sending synchronous.
  lookup: (address, _options, callback) => callback(null, address, 4),
});
let signal = new Uint8Array(0);
let clickPackets: ReadonlySet<number> = new Set();
let calls: SendingCall[] = [];

const encode = (samples: Int16Array): Uint8Array<ArrayBuffer> => {
  const codes = new Uint8Array(samples.length);
  PCMU.encode(samples, codes);
  return codes;
};

function prepareSpeech(): void {
  const said = voice(new SeededRandom(SEED));
  signal = encode(Int16Array.from({ length: SPEECH_SECONDS * CLOCK_RATE }, (_, i) => said(i)));
}

function prepareClicks(): void {
  const packets = CLICK_GAPS.reduce((sum, gap) => sum + gap);
  const samples = new Int16Array(packets * PACKET_SAMPLES);
  const starts = new Set<number>();
  let at = 0;
  for (const gap of CLICK_GAPS) {
    starts.add(at);
    for (let i = 0; i < CLICK_SAMPLES; i++) {
      const wave = Math.cos((2 * Math.PI * i) / CLICK_PERIOD_SAMPLES);
      samples[at * PACKET_SAMPLES + i] = CLICK_PEAK * wave;
    }
    at += gap;
  }
  signal = encode(samples);
  clickPackets = starts;
}

async function bind(count: number, said: SentSignal, trouble: TroubledCalls): Promise<number> {
  if (said === 'speech') prepareSpeech();
  else prepareClicks();
  await new Promise<void>((bound) => socket.bind(0, HOST, bound));
  calls = Array.from({ length: count }, (_, index) =>
    newCall(index, index < count - trouble.count ? undefined : trouble),
  );
  return socket.address().port;
}

function newCall(index: number, trouble: TroubledCalls | undefined): SendingCall {
  const datagram = new Uint8Array(RTP_HEADER_SIZE + PACKET_SAMPLES);
  const ssrc = 0x1000_0000 + index;
  buildRtpHeader({ payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc }, datagram);
  const offset = (index * 7 * PACKET_SAMPLES) % signal.length;
  const random = new SeededRandom(SEED + index);
  const network = trouble && new TroubleMaker({ ...trouble, random });
  const sending = { targets: [], packetCount: 0, nextAtMs: 0 };
  return { datagram, offset, clicks: [], network, travelling: [], ...sending };
}

/** Sends what is due in all calls, every millisecond or two: the calls are spread over the 20 ms. */
function sendDue(): void {
  const now = performance.now();
  for (const call of calls) {
    while (call.nextAtMs <= now) {
      sendPacket(call);
      call.nextAtMs += PACKET_MS;
    }
    bringArrived(call, now);
  }
  setTimeout(sendDue, 1);
}

function sendPacket(call: SendingCall): void {
  const { datagram, packetCount } = call;
  const sample = packetCount * PACKET_SAMPLES;
  const header = new DataView(datagram.buffer);
  header.setUint16(2, packetCount & 0xffff);
  header.setUint32(4, sample);
  const at = (call.offset + sample) % signal.length;
  datagram.set(signal.subarray(at, at + PACKET_SAMPLES), RTP_HEADER_SIZE);
  call.packetCount += 1;
  const isClick = clickPackets.has(at / PACKET_SAMPLES);
  if (isClick) call.clicks.push({ sample, atMicros: Number(process.hrtime.bigint() / 1000n) });
  if (call.network === undefined) bring(call, datagram);
  else {
    const packet = { atMs: call.nextAtMs, bytes: Uint8Array.from(datagram) };
    call.travelling.push(...call.network.carry(packet, isClick));
  }
}

/** The same packets at the same time for all who carry the call. */
function bring(call: SendingCall, datagram: Uint8Array): void {
  for (const { host, port } of call.targets) socket.send(datagram, port, host);
}

function bringArrived(call: SendingCall, now: number): void {
  for (;;) {
    const [first] = call.travelling;
    if (first === undefined || first.atMs > now) return;
    call.travelling.shift();
    bring(call, first.bytes);
  }
}

/** From now on each call is sent to these; a call begins with its first target. */
function send(targets: readonly (readonly MediaTarget[])[]): void {
  const isFirst = calls.every((call) => call.targets.length === 0);
  const now = performance.now();
  for (const [index, call] of calls.entries()) {
    const isNew = call.targets.length === 0;
    call.targets = targets[index] ?? [];
    if (isNew) call.nextAtMs = now + (index * PACKET_MS) / calls.length;
  }
  if (isFirst) sendDue();
}

process.on('message', (request: SenderRequest) => void answer(request));
process.on('disconnect', () => process.exit(0));

async function answer(request: SenderRequest): Promise<void> {
  if (request.kind === 'bind') {
    await bind(request.calls, request.signal, request.trouble);
  }
  if (request.kind === 'send') send(request.targets);
  const isAsked = request.kind === 'tellClicks';
  const clicks = isAsked ? calls.map((call) => call.clicks) : [];
  process.send?.({ sourcePort: socket.address().port, clicks } satisfies SenderReply);
}
