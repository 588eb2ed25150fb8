import { DrachtioProtocolError } from './drachtio-protocol-error.ts';
import { parsePayload } from './payload.ts';
import type { Passage, ServerMessage } from './server-message.ts';

interface Parts {
  readonly id: string;
  readonly args: readonly string[];
  readonly sip: Uint8Array | undefined;
}

const PASSAGE_FIELDS = 6;

function bad(what: string): DrachtioProtocolError {
  return new DrachtioProtocolError('fields', what);
}

function readNumber(field: string | undefined): number {
  if (field === undefined || !/^\d{1,10}$/.test(field)) throw bad('a number was expected');
  return Number(field);
}

function readSource(field: string | undefined): 'network' | 'application' {
  if (field !== 'network' && field !== 'application') throw bad('neither network nor application');
  return field;
}

function readPassage(args: readonly string[]): Passage {
  const [source, sizeBytes, protocol = '', address = '', port, time = ''] = args;
  return {
    source: readSource(source),
    sizeBytes: readNumber(sizeBytes),
    protocol,
    address,
    port: readNumber(port),
    time,
  };
}

function readList(field: string): string[] {
  return field === '' ? [] : field.split(',');
}

function isTail(tail: readonly string[], expected: readonly string[]): boolean {
  return tail.length === expected.length && expected.every((field, at) => field === tail[at]);
}

function readEcho(
  reply: { id: string; replyTo: string },
  args: readonly string[],
  sip: Uint8Array,
): ServerMessage {
  const passage = readPassage(args);
  const [transactionId = '', ...tail] = args.slice(PASSAGE_FIELDS);
  if (isTail(tail, ['', 'continue'])) return { type: 'proxyProgress', ...reply, passage, sip };
  if (isTail(tail, ['Msg sent:', ''])) {
    return { type: 'requestSent', ...reply, passage, transactionId, sip };
  }
  const [dialogId = '', ...rest] = tail;
  if (!isTail(rest, ['', 'Msg sent:', ''])) throw bad('an echo of unknown shape');
  return { type: 'responseSent', ...reply, passage, transactionId, dialogId, sip };
}

function readResponse({ id, args: [replyTo = '', verdict, ...args], sip }: Parts): ServerMessage {
  const reply = { id, replyTo };
  const [first, second, third, ...rest] = args;
  if (verdict === 'NO' || verdict === 'NOK') {
    if (first === undefined || second !== undefined) throw bad('a refusal without one reason');
    return { type: 'refused', ...reply, verdict, reason: first };
  }
  if (verdict !== 'OK') throw bad('neither OK nor NOK');
  if (sip !== undefined) return readEcho(reply, args, sip);
  if (first === undefined) return { type: 'ok', ...reply };
  if (second === undefined && first === 'pong') return { type: 'pong', ...reply };
  if (second === undefined && first === 'done') return { type: 'proxyDone', ...reply };
  if (second === undefined || third === undefined || rest.length > 0)
    throw bad('an OK of unknown shape');
  return {
    type: 'authenticated',
    ...reply,
    hostports: readList(first),
    version: second,
    localHostports: readList(third),
  };
}

function readDelivery({ id, args, sip }: Parts): ServerMessage {
  const passage = readPassage(args);
  const [transactionId, dialogId, ...tail] = args.slice(PASSAGE_FIELDS);
  if (transactionId === undefined || dialogId === undefined || sip === undefined) {
    throw bad('a delivery lacks something');
  }
  const delivery = { type: 'sip' as const, id, passage, transactionId, dialogId, sip };
  if (isTail(tail, [''])) return delivery;
  const [address, port, ...rest] = tail;
  if (address === undefined || !isTail(rest, [''])) throw bad('a delivery of unknown shape');
  return { ...delivery, receivedOn: { address, port: readNumber(port) } };
}

function readCdr(event: 'attempt' | 'start' | 'stop', { id, args, sip }: Parts): ServerMessage {
  const [source, time, detail, ...rest] = args;
  if (time === undefined || sip === undefined || rest.length > 0) throw bad('a broken record');
  const cdr = { type: 'cdr' as const, id, event, source: readSource(source), time, sip };
  return detail === undefined ? cdr : { ...cdr, detail };
}

/**
 * Reads what a server sent.
 *
 * @throws DrachtioProtocolError and nothing else.
 */
export function parseServerMessage(payload: Uint8Array): ServerMessage {
  const { fields, sip } = parsePayload(payload);
  const [id = '', type, ...args] = fields;
  const parts = { id, args, sip };
  switch (type) {
    case 'response':
      return readResponse(parts);
    case 'sip':
      return readDelivery(parts);
    case 'cdr:attempt':
      return readCdr('attempt', parts);
    case 'cdr:start':
      return readCdr('start', parts);
    case 'cdr:stop':
      return readCdr('stop', parts);
    default:
      throw bad('a message of unknown type');
  }
}
