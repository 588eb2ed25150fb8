import { Secret } from '#foundation';
import type { ClientMessage } from './client-message.ts';
import { DrachtioProtocolError } from './drachtio-protocol-error.ts';
import { parsePayload, type Payload } from './payload.ts';

type Reader = (id: string, args: readonly string[], sip: Uint8Array) => ClientMessage | undefined;

function readAuthenticate(id: string, [secret, tags = '', ...rest]: readonly string[]) {
  if (secret === undefined || rest.length > 0) return undefined;
  const type = 'authenticate' as const;
  return { type, id, secret: new Secret(secret), tags: tags === '' ? [] : tags.split(',') };
}

function readRoute(type: 'route' | 'removeRoute'): Reader {
  return (id, [method, ...rest]) =>
    method === undefined || method === '' || rest.length > 0 ? undefined : { type, id, method };
}

function firstWord(sip: Uint8Array): string {
  const space = sip.indexOf(0x20);
  return String.fromCharCode(...sip.subarray(0, Math.min(space, 64)));
}

/** `sip|TXN|DIALOG[|PROXY]`: which of the two ids is filled in tells the commands apart. */
function readSip(id: string, args: readonly string[], sip: Uint8Array): ClientMessage | undefined {
  const [transactionId, dialogId, proxyField, ...rest] = args;
  if (transactionId === undefined || dialogId === undefined || rest.length > 0) return undefined;
  if (sip.length === 0) return undefined;
  const proxy = proxyField === undefined ? {} : { proxy: proxyField };
  if (transactionId === '') {
    if (dialogId === '') return { type: 'newRequest', id, ...proxy, sip };
    return { type: 'dialogRequest', id, dialogId, ...proxy, sip };
  }
  if (proxyField !== undefined) return undefined;
  const word = firstWord(sip);
  if (word === 'CANCEL' && dialogId === '') return { type: 'cancel', id, transactionId, sip };
  if (!word.startsWith('SIP/')) return undefined;
  const dialog = dialogId === '' ? {} : { dialogId };
  return { type: 'respond', id, transactionId, ...dialog, sip };
}

function readProxy(
  id: string,
  args: readonly string[],
  sip: Uint8Array,
): ClientMessage | undefined {
  const [transactionId, record, full, redirects, order, provisional, final, ...destinations] = args;
  if (transactionId === undefined || final === undefined || provisional === undefined) {
    return undefined;
  }
  if (order !== 'simultaneous' && order !== 'serial') return undefined;
  return {
    type: 'proxy',
    id,
    transactionId,
    wantsRecordRoute: record === 'remainInDialog',
    wantsFullResponse: full === 'fullResponse',
    followsRedirects: redirects === 'followRedirects',
    isSimultaneous: order === 'simultaneous',
    provisionalTimeout: provisional,
    finalTimeout: final,
    destinations,
    sip,
  };
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['authenticate', readAuthenticate],
  ['ping', (id, args) => (args.length === 0 ? { type: 'ping', id } : undefined)],
  ['route', readRoute('route')],
  ['remove_route', readRoute('removeRoute')],
  ['sip', readSip],
  ['proxy', readProxy],
]);
const WITH_SIP: ReadonlySet<string> = new Set(['sip', 'proxy']);

function readKnown(id: string, args: readonly string[], sip: Uint8Array | undefined) {
  const [type = '', ...rest] = args;
  if (WITH_SIP.has(type) !== (sip !== undefined)) return undefined;
  return READERS.get(type)?.(id, rest, sip ?? new Uint8Array(0));
}

/**
 * Reads what a client sent. A message that has an id but makes no sense is `unknown`, so that it can be refused.
 *
 * @throws DrachtioProtocolError and nothing else; `fields` when there is no id to answer to.
 */
export function parseClientMessage(payload: Uint8Array): ClientMessage {
  const { fields, sip }: Payload = parsePayload(payload);
  const [id = '', ...args] = fields;
  if (id === '' || args.length === 0) {
    throw new DrachtioProtocolError('fields', 'a message without id or type');
  }
  const unknown = {
    type: 'unknown' as const,
    id,
    fields: args,
    ...(sip === undefined ? {} : { sip }),
  };
  return readKnown(id, args, sip) ?? unknown;
}
