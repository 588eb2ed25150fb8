import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugError } from '#foundation';
import { buildServerMessage } from './build-server-message.ts';
import { DrachtioProtocolError } from './drachtio-protocol-error.ts';
import { parseServerMessage } from './parse-server-message.ts';
import { formatPassageTime } from './passage-time.ts';
import type { Passage, ServerMessage } from './server-message.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const reply = { id: '03601e61', replyTo: '34bbf105' };
const sip = encode('SIP/2.0 200 OK\r\n\r\n');
const text = decode(sip);
const dialogId = 'dbe6c529;from-tag=K6Fje';
const passage: Passage = {
  source: 'application',
  sizeBytes: 562,
  protocol: 'udp',
  address: '172.29.0.10',
  port: 5060,
  time: '07:19:12.839275',
};
const fromNetwork: Passage = { ...passage, source: 'network' };
const nowhere: Passage = {
  source: 'network',
  sizeBytes: 0,
  protocol: 'unknown',
  address: '',
  port: 0,
  time: '07:23:28.656746',
};
const PRINTED = '562|udp|172.29.0.10|5060|07:19:12.839275';

const PAIRS: readonly { name: string; value: ServerMessage; bytes: string }[] = [
  { name: 'OK', value: { type: 'ok', ...reply }, bytes: '03601e61|response|34bbf105|OK' },
  { name: 'pong', value: { type: 'pong', ...reply }, bytes: '03601e61|response|34bbf105|OK|pong' },
  {
    name: 'the end of proxying',
    value: { type: 'proxyDone', ...reply },
    bytes: '03601e61|response|34bbf105|OK|done',
  },
  {
    name: 'a right secret',
    value: {
      type: 'authenticated',
      ...reply,
      hostports: ['tcp/10.0.0.1:5060', 'udp/10.0.0.1:5060'],
      version: 'v0.9.10-embedded',
      localHostports: [],
    },
    bytes: '03601e61|response|34bbf105|OK|tcp/10.0.0.1:5060,udp/10.0.0.1:5060|v0.9.10-embedded|',
  },
  {
    name: 'a wrong secret',
    value: { type: 'refused', ...reply, verdict: 'NO', reason: 'incorrect secret' },
    bytes: '03601e61|response|34bbf105|NO|incorrect secret',
  },
  {
    name: 'a refused command',
    value: { type: 'refused', ...reply, verdict: 'NOK', reason: 'missing content-type' },
    bytes: '03601e61|response|34bbf105|NOK|missing content-type',
  },
  {
    name: 'the echo of a request',
    value: { type: 'requestSent', ...reply, passage, transactionId: 't-1', sip },
    bytes: `03601e61|response|34bbf105|OK|application|${PRINTED}|t-1|Msg sent:|\r\n${text}`,
  },
  {
    name: 'the echo of a response',
    value: { type: 'responseSent', ...reply, passage, transactionId: 't-1', dialogId, sip },
    bytes: `03601e61|response|34bbf105|OK|application|${PRINTED}|t-1|${dialogId}||Msg sent:|\r\n${text}`,
  },
  {
    name: 'the echo of a response outside dialogs',
    value: { type: 'responseSent', ...reply, passage, transactionId: 't-1', dialogId: '', sip },
    bytes: `03601e61|response|34bbf105|OK|application|${PRINTED}|t-1|||Msg sent:|\r\n${text}`,
  },
  {
    name: 'a response to a proxied request',
    value: { type: 'proxyProgress', ...reply, passage: fromNetwork, sip },
    bytes: `03601e61|response|34bbf105|OK|network|${PRINTED}|||continue\r\n${text}`,
  },
  {
    name: 'a message inside a dialog',
    value: { type: 'sip', id: '1', passage: fromNetwork, transactionId: 't-1', dialogId, sip },
    bytes: `1|sip|network|${PRINTED}|t-1|${dialogId}|\r\n${text}`,
  },
  {
    name: 'a failure that never was on the wire',
    value: { type: 'sip', id: '1', passage: nowhere, transactionId: 't-1', dialogId: '', sip },
    bytes: `1|sip|network|0|unknown||0|07:23:28.656746|t-1||\r\n${text}`,
  },
  {
    name: 'a request outside dialogs',
    value: {
      type: 'sip',
      id: '1',
      passage: fromNetwork,
      transactionId: 't-1',
      dialogId: '',
      receivedOn: { address: '172.29.0.10', port: 5062 },
      sip,
    },
    bytes: `1|sip|network|${PRINTED}|t-1||172.29.0.10|5062|\r\n${text}`,
  },
  {
    name: 'a BYE of the server itself',
    value: { type: 'sip', id: '1', passage, transactionId: 'unsolicited', dialogId, sip },
    bytes: `1|sip|application|${PRINTED}|unsolicited|${dialogId}|\r\n${text}`,
  },
  {
    name: 'a record of an attempt',
    value: {
      type: 'cdr',
      id: '1',
      event: 'attempt',
      source: 'application',
      time: '07:19:12.8',
      sip,
    },
    bytes: `1|cdr:attempt|application|07:19:12.8\r\n${text}`,
  },
  {
    name: 'a record of an end',
    value: {
      type: 'cdr',
      id: '1',
      event: 'stop',
      source: 'network',
      time: '07:19:12.8',
      detail: 'normal-release',
      sip,
    },
    bytes: `1|cdr:stop|network|07:19:12.8|normal-release\r\n${text}`,
  },
];

const BAD = [
  '',
  '1',
  '1|dance',
  '1|response',
  '1|response|2',
  '1|response|2|MAYBE',
  '1|response|2|NOK',
  '1|response|2|NOK|a|b',
  '1|response|2|OK|peng',
  '1|response|2|OK|a|b',
  '1|response|2|OK|a|b|c|d',
  `1|response|2|OK|application|x|udp|a|1|t|t-1|Msg sent:|\r\n${text}`,
  `1|response|2|OK|application|1|udp|a|1|t|t-1|Msg sent\r\n${text}`,
  `1|response|2|OK\r\n${text}`,
  `1|sip|elsewhere|${PRINTED}|t-1||\r\n${text}`,
  `1|sip|network|${PRINTED}|t-1\r\n${text}`,
  `1|sip|network|${PRINTED}|t-1||a|x|\r\n${text}`,
  `1|sip|network|${PRINTED}|t-1||`,
  `1|sip|network|${PRINTED}|t-1||a|5|x\r\n${text}`,
  `1|sip|network|${PRINTED}|t-1||a|5\r\n${text}`,
  `1|sip|network|${PRINTED}|t-1|d\r\n${text}`,
  `1|sip|network|${PRINTED}\r\n${text}`,
  '1|cdr:stop|network|07:19:12.8|normal-release',
  `1|cdr:pause|network|07:19:12.8\r\n${text}`,
];

describe("the server's messages", () => {
  it.each(PAIRS)('reads and writes $name', ({ value, bytes }) => {
    expect(decode(buildServerMessage(value))).toBe(bytes);
    expect(parseServerMessage(encode(bytes))).toEqual(value);
  });

  it.each(BAD)('refuses %j', (payload) => {
    expect(() => parseServerMessage(encode(payload))).toThrow(DrachtioProtocolError);
  });

  it('keeps separators out of a reason, which may quote what a client wrote', () => {
    const reason = 'invalid request-uri: INVITE sip:a|b\r\nX SIP/2.0';
    const bytes = buildServerMessage({ type: 'refused', ...reply, verdict: 'NOK', reason });

    expect(decode(bytes)).toBe(
      '03601e61|response|34bbf105|NOK|invalid request-uri: INVITE sip:a b X SIP/2.0',
    );
  });

  it('does not let any other field break out', () => {
    const message = { type: 'sip', id: '1', passage, transactionId: 't', sip } as const;

    for (const bad of ['a|b', 'a\r\nb', 'a\rb']) {
      expect(() => buildServerMessage({ ...message, dialogId: bad })).toThrow(BugError);
    }
  });

  it('any payload is read or refused', () => {
    const words = ['|', 'response', 'sip', 'OK', 'NOK', 'network', '1', '\r\n', 'Msg sent:', ''];
    const noise = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((all) => all.join(''));
    const near = fc
      .tuple(fc.constantFrom(...PAIRS.map(({ bytes }) => bytes)), fc.nat(), noise)
      .map(([bytes, at, extra]) => {
        const cut = at % bytes.length;
        return bytes.slice(0, cut) + extra + bytes.slice(cut + 1);
      });
    fc.assert(
      fc.property(fc.oneof(noise, near), (payload) => {
        try {
          parseServerMessage(encode(payload));
        } catch (error) {
          expect(error).toBeInstanceOf(DrachtioProtocolError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the time of a passage', () => {
  it.each([
    [0, '00:00:00.000000'],
    [Date.UTC(2026, 0, 31, 7, 19, 12, 839), '07:19:12.839000'],
    [Date.UTC(2026, 0, 31, 23, 59, 59, 999), '23:59:59.999000'],
  ])('%d ms', (epochMs, printed) => {
    expect(formatPassageTime(epochMs)).toBe(printed);
  });

  it('prints microseconds', () => {
    expect(formatPassageTime(1.25)).toBe('00:00:00.001250');
    expect(formatPassageTime(999.875)).toBe('00:00:00.999875');
  });
});
