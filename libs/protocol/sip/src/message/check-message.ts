import { parseCSeq } from './cseq.ts';
import type { SipHeaders } from './headers.ts';
import { MAX_MAX_FORWARDS, MAX_VIAS } from './limits.ts';
import type { SipMessage } from './message.ts';
import { parseNameAddr } from './name-addr.ts';
import { excerpt, SipParseError } from './sip-parse-error.ts';
import { splitList } from './split-list.ts';
import { checkRequestUri } from './start-line.ts';
import { parseVia } from './via.ts';

function only(headers: SipHeaders, name: string): string {
  const values = headers.getAll(name);
  if (values.length > 1) throw new SipParseError('duplicateHeader', `${name} is given twice`);
  const [value] = values;
  if (value === undefined || value === '') throw new SipParseError('missingHeader', `no ${name}`);
  return value;
}

function checkVias(headers: SipHeaders): void {
  const vias = headers.getAll('Via').flatMap(splitListStrictly);
  if (vias.length === 0) throw new SipParseError('missingHeader', 'no Via');
  if (vias.length > MAX_VIAS)
    throw new SipParseError('tooManyHeaders', `${vias.length} Via values`);
  for (const via of vias) parseVia(via);
}

/** Elements of a list that may not have empty ones, as `Via: SIP/2.0/UDP a;;,;,,` has. */
function splitListStrictly(value: string): string[] {
  const elements = splitList(value);
  if (elements.length === 0) throw new SipParseError('headerLine', 'an empty list');
  return elements;
}

/** Printable ASCII without the bar: what the ids of calls and dialogs are made of, here and in our logs. */
const ID = /^[!-{}~]+$/;

/** An address at one end of a dialog; a tag has to be fit for an id. */
function checkEnd(value: string): void {
  const tag = parseNameAddr(value).params.get('tag');
  if (tag !== undefined && (tag === true || !ID.test(tag))) {
    throw new SipParseError('parameter', `not a tag: ${excerpt(value)}`);
  }
}

function checkAddresses(headers: SipHeaders): void {
  checkEnd(only(headers, 'From'));
  checkEnd(only(headers, 'To'));
  for (const name of ['Contact', 'Route', 'Record-Route']) {
    const addresses = headers.getAll(name).flatMap(splitListStrictly);
    for (const address of addresses) {
      if (address !== '*' || name !== 'Contact') parseNameAddr(address);
    }
  }
}

function checkMaxForwards(headers: SipHeaders): void {
  if (!headers.has('Max-Forwards')) return;
  const value = only(headers, 'Max-Forwards');
  if (!/^\d{1,6}$/.test(value) || Number(value) > MAX_MAX_FORWARDS) {
    throw new SipParseError('maxForwards', `not a hop count: ${excerpt(value)}`);
  }
}

/**
 * What every message from the network has to fulfil before a transaction sees it: the mandatory headers once each
 * and readable, addresses and Via whole, the method of CSeq equal to that of the request.
 *
 * @throws SipParseError with the reason of the first fault found.
 * @see RFC 3261 sections 8.1.1 and 8.2
 */
export function checkMessage(message: SipMessage): void {
  const { headers } = message;
  const { method } = parseCSeq(only(headers, 'CSeq'));
  if (message.kind === 'request') {
    checkRequestUri(message.uri);
    if (method !== message.method) {
      throw new SipParseError('cseq', `CSeq is of ${excerpt(method)}, not ${message.method}`);
    }
  }
  if (!ID.test(only(headers, 'Call-ID'))) throw new SipParseError('headerLine', 'a broken Call-ID');
  checkVias(headers);
  checkAddresses(headers);
  checkMaxForwards(headers);
}
