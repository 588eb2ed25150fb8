import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  buildClientMessage,
  buildFrame,
  buildServerMessage,
  FrameDecoder,
  parseClientMessage,
  parseServerMessage,
} from '#protocol/drachtio';
import {
  buildSipMessage,
  parseCommandMessage,
  parseSipMessage,
  SipParseError,
} from '#protocol/sip';

interface RecordedFrame {
  readonly connection: string;
  readonly direction: 'C->S' | 'S->C';
  readonly bytes: Uint8Array;
}

const FOLDER = new URL('../fixtures/drachtio/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.wire'));
const MARK = /^(?:---- \S+ (\S+) (C->S|S->C)|####.*|====.*)$/;

/** Undoes the notation of the recordings; the line breaks that only separate entries are cut by the length prefix. */
function unprint(lines: readonly string[]): Uint8Array {
  const bytes = Buffer.from(lines.join('\n').replaceAll('\\r\\n\n', '\r\n'));
  const hash = bytes.indexOf('#');
  const end = hash + 1 + Number(bytes.subarray(0, hash).toString());
  expect(bytes.subarray(end).toString().trim()).toBe('');
  return new Uint8Array(bytes.subarray(0, end));
}

function readRecording(name: string): RecordedFrame[] {
  const frames: RecordedFrame[] = [];
  let open: { connection: string; direction: 'C->S' | 'S->C'; lines: string[] } | undefined;
  const close = () => {
    if (open !== undefined) frames.push({ ...open, bytes: unprint(open.lines) });
    open = undefined;
  };
  for (const line of readFileSync(new URL(name, FOLDER), 'utf8').split('\n')) {
    const mark = MARK.exec(line);
    if (mark !== null) close();
    else open?.lines.push(line);
    const direction = mark?.[2];
    if (mark?.[1] !== undefined && (direction === 'C->S' || direction === 'S->C')) {
      open = { connection: mark[1], direction, lines: [] };
    }
  }
  close();
  return frames;
}

function payloadOf(frame: RecordedFrame): Uint8Array {
  const [payload, ...more] = new FrameDecoder().push(frame.bytes);
  expect(more).toEqual([]);
  if (payload === undefined) throw new Error('no frame');
  return payload;
}

function rebuild(frame: RecordedFrame): Uint8Array {
  const payload = payloadOf(frame);
  return buildFrame(
    frame.direction === 'C->S'
      ? buildClientMessage(parseClientMessage(payload))
      : buildServerMessage(parseServerMessage(payload)),
  );
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

const RECORDINGS = FILES.map((name) => ({ name, frames: readRecording(name) }));
const ALL = RECORDINGS.flatMap(({ frames }) => frames);
const FROM_CLIENT = ALL.filter(({ direction }) => direction === 'C->S').map(payloadOf);
const FROM_SERVER = ALL.filter(({ direction }) => direction === 'S->C').map(payloadOf);

describe('the recorded control protocol', () => {
  it('is read completely', () => {
    expect(FILES).toHaveLength(6);
    expect(ALL.length).toBeGreaterThan(500);
  });

  it.each(RECORDINGS)('$name: every frame is decoded and rebuilt byte for byte', ({ frames }) => {
    for (const frame of frames) expect(text(rebuild(frame))).toBe(text(frame.bytes));
  });

  it.each(RECORDINGS)('$name: the frames of a connection survive any split', ({ frames }) => {
    const sent = frames.filter(({ direction }) => direction === 'S->C');
    const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
    for (const size of [1, 7, 1_460]) {
      const decoder = new FrameDecoder();
      const payloads: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        payloads.push(...decoder.push(stream.subarray(at, at + size)));
      }
      expect(payloads.map(text)).toEqual(sent.map((frame) => text(payloadOf(frame))));
    }
  });

  it('has no message of drachtio-srf that we do not know', () => {
    const types = FROM_CLIENT.map((payload) => parseClientMessage(payload).type);

    expect(types).not.toContain('unknown');
    expect(new Set(types)).toEqual(
      new Set([
        'authenticate',
        'cancel',
        'dialogRequest',
        'newRequest',
        'ping',
        'proxy',
        'removeRoute',
        'respond',
        'route',
      ]),
    );
  });

  it('has every kind of message of drachtio-server', () => {
    const types = FROM_SERVER.map((payload) => parseServerMessage(payload).type);

    expect(new Set(types)).toEqual(
      new Set([
        'authenticated',
        'cdr',
        'ok',
        'pong',
        'proxyDone',
        'proxyProgress',
        'refused',
        'requestSent',
        'responseSent',
        'sip',
      ]),
    );
  });
});

describe('the SIP messages in the recordings', () => {
  it('every sketch of drachtio-srf is a command message whose body is the rest of the frame', () => {
    const sketches = FROM_CLIENT.map(parseClientMessage).flatMap((message) =>
      'sip' in message ? [message.sip] : [],
    );

    for (const sip of sketches) {
      const message = parseCommandMessage(sip);
      const [, ...body] = text(sip).split('\r\n\r\n');
      expect(text(message.body)).toBe(body.join('\r\n\r\n'));
      expect(message.headers.has('Content-Length')).toBe(false);
    }
    expect(sketches.length).toBeGreaterThan(150);
  });

  it('every message of drachtio-server is SIP, and comes out of our builder as it was', () => {
    const messages = FROM_SERVER.map(parseServerMessage).filter((message) => 'sip' in message);
    // Echoed before DNS has answered: the server knows no address for a Via yet.
    const isUnresolved = (sip: Uint8Array) => !text(sip).includes('\r\nVia: ');
    const [early, whole] = [true, false].map((wanted) =>
      messages.filter(({ sip }) => isUnresolved(sip) === wanted),
    );

    for (const { sip } of whole ?? []) {
      expect(text(buildSipMessage(parseSipMessage(sip, 'stream-frame')))).toBe(text(sip));
    }
    for (const message of early ?? []) {
      expect(message).toMatchObject({ type: 'requestSent', passage: { protocol: 'unknown' } });
      expect(() => parseSipMessage(message.sip, 'stream-frame')).toThrow(SipParseError);
      expect(parseCommandMessage(message.sip)).toMatchObject({ kind: 'request', method: 'INVITE' });
    }
    expect([early?.length, whole?.length]).toEqual([4, 329]);
  });
});
