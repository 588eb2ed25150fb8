import { describe, expect, it } from 'vitest';
import { RtmpProtocolError } from '../rtmp-errors.ts';
import { buildControlMessage, parseControlMessage } from './control-message.ts';
import type { ControlMessage } from './control-message.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const PAIRS: readonly { value: ControlMessage; typeId: number; payload: string }[] = [
  { value: { kind: 'setChunkSize', sizeBytes: 4096 }, typeId: 1, payload: '00001000' },
  { value: { kind: 'setChunkSize', sizeBytes: 0x7fffffff }, typeId: 1, payload: '7fffffff' },
  { value: { kind: 'abort', chunkStreamId: 6 }, typeId: 2, payload: '00000006' },
  {
    value: { kind: 'acknowledgement', sequenceNumber: 0xfedcba98 },
    typeId: 3,
    payload: 'fedcba98',
  },
  {
    value: { kind: 'userControl', eventType: 6, data: hex('00000102') },
    typeId: 4,
    payload: '0006 00000102',
  },
  { value: { kind: 'windowAckSize', sizeBytes: 5_000_000 }, typeId: 5, payload: '004c4b40' },
  {
    value: { kind: 'setPeerBandwidth', sizeBytes: 1, limit: 'hard' },
    typeId: 6,
    payload: '00000001 00',
  },
  {
    value: { kind: 'setPeerBandwidth', sizeBytes: 1, limit: 'soft' },
    typeId: 6,
    payload: '00000001 01',
  },
  {
    value: { kind: 'setPeerBandwidth', sizeBytes: 1, limit: 'dynamic' },
    typeId: 6,
    payload: '00000001 02',
  },
];

describe('control messages', () => {
  const wrap = (typeId: number, payload: string) => ({
    chunkStreamId: 2,
    typeId,
    messageStreamId: 0,
    timestampMs: 0,
    payload: hex(payload),
  });

  it.each(PAIRS)('builds $value.kind $payload', ({ value, typeId, payload }) => {
    expect(buildControlMessage(value)).toEqual(wrap(typeId, payload));
  });

  it.each(PAIRS)('parses $value.kind $payload', ({ value, typeId, payload }) => {
    expect(parseControlMessage(wrap(typeId, payload))).toEqual(value);
  });

  it('leaves other messages alone', () => {
    expect(parseControlMessage(wrap(20, ''))).toBeUndefined();
  });

  it('takes an unknown kind of limit for the weakest', () => {
    expect(parseControlMessage(wrap(6, '00000001 09'))).toMatchObject({ limit: 'dynamic' });
  });

  it.each([
    { typeId: 1, payload: '000010' },
    { typeId: 2, payload: '' },
    { typeId: 3, payload: '0000' },
    { typeId: 4, payload: '00' },
    { typeId: 5, payload: '000000' },
    { typeId: 6, payload: '00000001' },
  ])('refuses type $typeId with the payload "$payload"', ({ typeId, payload }) => {
    expect(() => parseControlMessage(wrap(typeId, payload))).toThrow(RtmpProtocolError);
  });
});
