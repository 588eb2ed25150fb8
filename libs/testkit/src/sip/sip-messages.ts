import { bodyOf, EMPTY_BODY, responseTo, SipHeaders } from '#protocol/sip';
import type { Arrival, SipRequest, SipResponse, TransportName } from '#protocol/sip';

/** What a test request may differ in. */
export interface RequestParts {
  readonly method?: string;
  readonly uri?: string;
  readonly branch?: string;
  readonly viaHost?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** A complete request between alice (us, 192.0.2.1) and bob (192.0.2.2). */
export function sipRequest(parts: RequestParts = {}): SipRequest {
  const method = parts.method ?? 'INVITE';
  const headers = new SipHeaders([
    [
      'Via',
      `SIP/2.0/UDP ${parts.viaHost ?? '192.0.2.1'};rport;branch=${parts.branch ?? 'z9hG4bKa1'}`,
    ],
    ['Max-Forwards', '70'],
    ['From', parts.from ?? '<sip:alice@192.0.2.1>;tag=a'],
    ['To', parts.to ?? '<sip:bob@192.0.2.2>'],
    ['Call-ID', parts.callId ?? 'call-1'],
    ['CSeq', `${parts.cseq ?? 1} ${method}`],
    ...(parts.headers ?? []),
  ]);
  const body = parts.body === undefined ? EMPTY_BODY : bodyOf(parts.body);
  return { kind: 'request', method, uri: parts.uri ?? 'sip:bob@192.0.2.2', headers, body };
}

/** What a test response may differ in. */
export interface TestResponseParts {
  readonly toTag?: string;
  readonly contact?: string;
  readonly recordRoute?: readonly string[];
  readonly headers?: readonly (readonly [string, string])[];
}

/** A response to a request. */
export function sipResponse(
  request: SipRequest,
  status: number,
  parts: TestResponseParts = {},
): SipResponse {
  const toTag = parts.toTag ?? (status > 100 ? 'b' : undefined);
  const response = responseTo(request, {
    status,
    reason: `Reason ${status}`,
    ...(toTag === undefined ? {} : { toTag }),
  });
  for (const [name, value] of parts.headers ?? []) response.headers.append(name, value);
  for (const route of parts.recordRoute ?? []) response.headers.append('Record-Route', route);
  if (parts.contact !== undefined) response.headers.append('Contact', parts.contact);
  return response;
}

/** A message that came from bob. */
export function arrivalFrom(transport: TransportName = 'udp', address = '192.0.2.2'): Arrival {
  return {
    path: { transport, address, port: 5060 },
    localAddress: '192.0.2.1',
    localPort: 5060,
  };
}
