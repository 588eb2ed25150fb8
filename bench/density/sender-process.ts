import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { PCMU } from '#protocol/g711';
import { RTP_HEADER_SIZE, buildRtpHeader } from '#protocol/rtp';
import { SeededRandom, voice } from '#testkit';
import type { MediaTarget } from './contender.ts';

/** What the parent asks: to bind a socket per call, then to send each call's packets to its targets. */
export type SenderRequest =
  | { readonly kind: 'bind'; readonly calls: number }
  | { readonly kind: 'send'; readonly targets: readonly (readonly MediaTarget[])[] };

/** The source port of each call, answered to `bind`. */
export type SenderReply = readonly number[];

const HOST = '127.0.0.1';
const PACKET_SAMPLES = 160;
const PACKET_MS = 20;
const SPEECH_SECONDS = 20;
const SEED = 1876;

interface SendingCall {
  readonly socket: Socket;
  readonly datagram: Uint8Array;
  readonly ssrc: number;
  /** Where in the speech the call begins, so that no two say the same at the same time. */
  readonly offset: number;
  targets: readonly MediaTarget[];
  packetCount: number;
  nextAtMs: number;
}

const speech = encodedSpeech();
let calls: SendingCall[] = [];

function encodedSpeech(): Uint8Array {
  const signal = voice(new SeededRandom(SEED));
  const samples = Int16Array.from({ length: SPEECH_SECONDS * 8000 }, (_, i) => signal(i));
  const codes = new Uint8Array(samples.length);
  PCMU.encode(samples, codes);
  return codes;
}

async function bindCalls(count: number): Promise<SenderReply> {
  calls = await Promise.all(Array.from({ length: count }, (_, index) => bindCall(index)));
  return calls.map(({ socket }) => socket.address().port);
}

async function bindCall(index: number): Promise<SendingCall> {
  const socket = createSocket({
    type: 'udp4',
    // Targets are addresses: answering at once makes sending synchronous.
    lookup: (address, _options, callback) => callback(null, address, 4),
  });
  await new Promise<void>((bound) => socket.bind(0, HOST, bound));
  return {
    socket,
    datagram: new Uint8Array(RTP_HEADER_SIZE + PACKET_SAMPLES),
    ssrc: 0x1000_0000 + index,
    offset: (index * 7 * PACKET_SAMPLES) % speech.length,
    targets: [],
    packetCount: 0,
    nextAtMs: 0,
  };
}

/** Sends what is due in all calls, every millisecond or two: the calls are spread over the 20 ms. */
function sendDue(): void {
  const now = performance.now();
  for (const call of calls) {
    while (call.nextAtMs <= now) {
      sendPacket(call);
      call.nextAtMs += PACKET_MS;
    }
  }
  setTimeout(sendDue, 1);
}

function sendPacket(call: SendingCall): void {
  const { datagram, packetCount, ssrc } = call;
  const header = {
    payloadType: 0,
    marker: packetCount === 0,
    sequence: packetCount & 0xffff,
    timestamp: packetCount * PACKET_SAMPLES,
    ssrc,
  };
  buildRtpHeader(header, datagram);
  const at = (call.offset + packetCount * PACKET_SAMPLES) % speech.length;
  datagram.set(speech.subarray(at, at + PACKET_SAMPLES), RTP_HEADER_SIZE);
  call.packetCount += 1;
  for (const { host, port } of call.targets) call.socket.send(datagram, port, host);
}

function send(targets: readonly (readonly MediaTarget[])[]): void {
  const isFirst = calls.every((call) => call.targets.length === 0);
  const now = performance.now();
  for (const [index, call] of calls.entries()) {
    call.targets = targets[index] ?? [];
    if (isFirst) call.nextAtMs = now + (index * PACKET_MS) / calls.length;
  }
  if (isFirst) sendDue();
}

process.on('message', (request: SenderRequest) => {
  if (request.kind === 'bind') {
    void bindCalls(request.calls).then((ports) => process.send?.(ports));
  } else {
    send(request.targets);
    process.send?.([]);
  }
});
process.on('disconnect', () => process.exit(0));
