import type { RandomSource } from '#foundation';
import {
  formatNameAddr,
  formatUri,
  newCSeqNumber,
  newTag,
  newUuid,
  parseCSeq,
  parseNameAddr,
  parseUri,
  SipHeaders,
  SipParseError,
  splitList,
} from '#protocol/sip';
import type { SipMessage, SipRequest, TransportName } from '#protocol/sip';
import { usualHeaderName } from './header-names.ts';
import { CommandRefused, invalidRequest, REFUSAL } from './refusals.ts';

/** What our own addresses are made of. */
export interface OwnAddress {
  /** `host:port` under which we are reached. */
  readonly hostPort: string;
  /** The transport of the request, for the Contact that is put in when there is none. */
  readonly transport: TransportName;
}

/** Written by the stack, whatever the client says. */
const OWNED = new Set([
  'via',
  'max-forwards',
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'route',
  'record-route',
  'rseq',
  'content-type',
  'content-length',
]);
/** Where `localhost` stands for our own address. */
const TEMPLATED = new Set(['contact', 'p-asserted-identity']);
const NEEDS_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE']);

/**
 * Makes a request outside dialogs whole but for its Via: identity (the client's where it gave one, as a digest retry
 * does), addresses with `localhost` filled in, Contact, Content-Type.
 *
 * @throws CommandRefused when an address cannot be read or the type of the body is unknown.
 */
export function completeNewRequest(
  sketch: SipRequest,
  own: OwnAddress,
  random: RandomSource,
): SipRequest {
  const given = sketch.headers;
  const headers = new SipHeaders([['Max-Forwards', given.get('Max-Forwards') ?? '70']]);
  const from = filledAddress(given.get('From') ?? `<sip:${own.hostPort}>`, own);
  headers.append('From', hasTag(from) ? from : `${from};tag=${newTag(random)}`);
  headers.append('To', filledAddress(given.get('To') ?? `<${sketch.uri}>`, own));
  headers.append('Call-ID', given.get('Call-ID') ?? newUuid(random));
  const sequence = givenSequence(given) ?? newCSeqNumber(random);
  headers.append('CSeq', `${sequence} ${sketch.method}`);
  appendContact(headers, sketch, own);
  appendOthers(headers, sketch, own);
  return { ...sketch, headers };
}

/** The headers of a client's message that go into a request or response within a dialog. */
export function dialogHeaders(
  sketch: SipMessage,
  method: string,
  own: OwnAddress,
): readonly (readonly [string, string])[] {
  const headers = new SipHeaders();
  const needsContact = sketch.kind === 'request' || (sketch.status > 100 && sketch.status < 300);
  appendContact(headers, sketch, own, needsContact && NEEDS_CONTACT.has(method));
  appendOthers(headers, sketch, own);
  return [...headers.entries()];
}

/** The CSeq number a client gave, if it is one. */
function givenSequence(given: SipHeaders): number | undefined {
  const value = given.get('CSeq');
  if (value === undefined) return undefined;
  try {
    return parseCSeq(value).sequence;
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

function appendContact(
  headers: SipHeaders,
  sketch: SipMessage,
  own: OwnAddress,
  isNeeded = sketch.kind === 'request' && NEEDS_CONTACT.has(sketch.method),
): void {
  const contacts = sketch.headers.getAll('Contact').flatMap(splitList);
  for (const contact of contacts) {
    headers.append('Contact', contact === '*' ? contact : filledAddress(contact, own));
  }
  if (contacts.length > 0 || !isNeeded) return;
  const transport = own.transport === 'udp' ? '' : `;transport=${own.transport}`;
  headers.append('Contact', `<sip:${own.hostPort}${transport}>`);
}

function appendOthers(headers: SipHeaders, sketch: SipMessage, own: OwnAddress): void {
  for (const [name, value] of sketch.headers.entries()) {
    const key = name.toLowerCase();
    if (OWNED.has(key)) continue;
    const isAddress = TEMPLATED.has(key);
    headers.append(usualHeaderName(name), isAddress ? filledAddress(value, own) : value);
  }
  const type = contentType(sketch);
  if (type !== undefined) headers.append('Content-Type', type);
  headers.append('Content-Length', String(sketch.body.length));
}

/** The type the client gave; SDP is recognised, any other body has to be labelled. */
function contentType(sketch: SipMessage): string | undefined {
  const given = sketch.headers.get('Content-Type');
  if (given !== undefined || sketch.body.length === 0) return given;
  const [first, second, third] = sketch.body;
  if (first === 0x76 && second === 0x3d && third === 0x30) return 'application/sdp';
  throw new CommandRefused(REFUSAL.contentTypeMissing);
}

const hasTag = (address: string): boolean => parseNameAddr(address).params.has('tag');

/** An address in brackets, with our own in the place of `localhost`. */
function filledAddress(value: string, own: OwnAddress): string {
  try {
    const address = parseNameAddr(value);
    return formatNameAddr({ ...address, uri: filledUri(address.uri, own.hostPort) });
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new CommandRefused(invalidRequest(error.message));
  }
}

function filledUri(uri: string, hostPort: string): string {
  if (!/^sips?:/i.test(uri)) return uri;
  const parsed = parseUri(uri);
  if (parsed.host.toLowerCase() !== 'localhost') return uri;
  const { scheme, user, password, params } = parsed;
  const userInfo = {
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
  return formatUri({ scheme, ...userInfo, host: hostPort, params });
}
