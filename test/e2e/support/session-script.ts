/** How a callee describes its end of the session. */
export interface Description {
  /** Grows with every change; the same for a refresh. */
  readonly version: number;
  readonly port: number;
  readonly codec: 'PCMU' | 'PCMA';
  /** Default: sendrecv. */
  readonly direction?: 'sendrecv' | 'inactive';
  /** Default: 127.0.0.1. */
  readonly address?: string;
}

/** The tag of the fork that answers. */
const TAG = 'answers';

const message = (text: string): string => `<send><![CDATA[\n\n${text}\n\n]]></send>\n`;

/** A session description. */
function described(description: Description): string {
  const { version, port, codec, direction = 'sendrecv', address = '127.0.0.1' } = description;
  const payloadType = codec === 'PCMU' ? 0 : 8;
  return `v=0
o=callee 77 ${version} IN IP4 127.0.0.1
s=-
c=IN IP4 ${address}
t=0 0
m=audio ${port} RTP/AVP ${payloadType}
a=rtpmap:${payloadType} ${codec}/8000
a=${direction}`;
}

const body = (description: Description | undefined): string =>
  description === undefined
    ? 'Content-Length: 0\n'
    : `Content-Type: application/sdp\nContent-Length: [len]\n\n${described(description)}`;

/** A response to the INVITE. */
export const respond = (status: string, tag = TAG, description?: Description): string =>
  message(`SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=${tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
${body(description)}`);

const request = (method: string, cseq: number, description?: Description): string =>
  message(`${method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From:[$callee];tag=${TAG}
To:[$caller]
[last_Call-ID:]
CSeq: ${cseq} ${method}
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
${body(description)}`);

const OK = '<recv response="100" optional="true"/>\n<recv response="200"/>\n';

/** The answer, and the caller's ACK. */
export const answer = (description: Description): string =>
  respond('200 OK', TAG, description) + '<recv request="ACK"/>\n';

/** A new offer by re-INVITE. */
export const reinvite = (cseq: number, description: Description): string =>
  request('INVITE', cseq, description) + OK + request('ACK', cseq);

/** A re-INVITE without SDP: the caller offers, the ACK answers. */
export const reinviteWithoutOffer = (cseq: number, answered: Description): string =>
  request('INVITE', cseq) + OK + request('ACK', cseq, answered);

/** A new offer by UPDATE. */
export const update = (cseq: number, description: Description): string =>
  request('UPDATE', cseq, description) + OK;

export const pause = (ms: number): string => `<pause milliseconds="${ms}"/>\n`;

/** Waits for the caller's BYE and accepts it. */
export const untilBye = `<recv request="BYE"/>
${message('SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n')}`;

/** Takes a key by INFO, if it is this one, and confirms it. */
export const confirmKey = (key: string): string => `<recv request="INFO"><action>
<ereg regexp="Signal=${key}" search_in="body" check_it="true" assign_to="key"/>
</action></recv>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
`;
