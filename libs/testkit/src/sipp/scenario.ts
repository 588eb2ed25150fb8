import { createHash, randomBytes } from 'node:crypto';

/** What a callee does with a call. */
export type CalleeBehaviour =
  /** Rings for `ringMs` (default 0), answers, plays its media, hangs up after `hangUpAfterMs` or never. */
  | {
      readonly type: 'answer';
      readonly ringMs?: number;
      readonly hangUpAfterMs?: number;
      /** Rings by a reliable 183 with a description, answers after its PRACK, refuses callers that cannot (421). */
      readonly isRingingReliable?: boolean;
    }
  /** Answers every INVITE with this status, and these header lines. */
  | {
      readonly type: 'reject';
      readonly status: number;
      readonly reason: string;
      readonly headers?: readonly string[];
    }
  /** Rings until the caller gives up. */
  | { readonly type: 'ringForever' }
  /** What follows the INVITE, in SIPp's own words; `caller`, `callee` and `cseq` hold its headers. */
  | { readonly type: 'script'; readonly steps: string };

/** Raw G.711 at 8 kHz, one byte per sample. */
export interface CalleeMedia {
  readonly path: string;
  /** Default: PCMU. */
  readonly codec?: 'PCMU' | 'PCMA';
  /** Play again and again. Default: false. */
  readonly isRepeated?: boolean;
}

/** Everything that shapes a SIPp scenario. */
export interface ScenarioOptions {
  readonly behaviour: CalleeBehaviour;
  readonly media?: CalleeMedia | undefined;
  readonly digest?: DigestChallenge | undefined;
  /** Addresses a caller may name in its digest answer. */
  readonly uris: readonly string[];
}

/** Every INVITE is challenged; wrong answers get 403. */
export interface DigestChallenge {
  readonly user: string;
  readonly password: string;
  /** 401 with qop=auth, or 407 without qop as old proxies do. Default: 407. */
  readonly status?: 401 | 407;
}

const REALM = 'callee.test';

/** The fields every response repeats; `To` gets our tag. */
const SAME_HEADERS = `[last_Via:]
[last_From:]
[last_To:];tag=[pid]callee[call_number]
[last_Call-ID:]
[last_CSeq:]`;

const CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>';

function send(message: string, attributes = ''): string {
  return `<send${attributes}><![CDATA[\n\n${message}\n\n]]></send>\n`;
}

function respond(status: string, headers = ''): string {
  return send(`SIP/2.0 ${status}\n${SAME_HEADERS}\n${CONTACT}\n${headers}Content-Length: 0\n`);
}

/** An error is retransmitted until its ACK comes. */
function refuse(status: string, headers = ''): string {
  const message = `SIP/2.0 ${status}\n${SAME_HEADERS}\n${headers}Content-Length: 0\n`;
  return `${send(message, ' retrans="500"')}<recv request="ACK"/>\n`;
}

const receiveInvite = (action = ''): string => `<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>
<ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
${action}</action></recv>
`;

function challenge(digest: DigestChallenge, uris: readonly string[]): string {
  const { status = 407 } = digest;
  const nonce = randomBytes(16).toString('hex');
  const fields = `Digest realm="${REALM}", nonce="${nonce}", algorithm=MD5`;
  const first =
    status === 407
      ? refuse('407 Proxy Authentication Required', `Proxy-Authenticate: ${fields}\n`)
      : refuse('401 Unauthorized', `WWW-Authenticate: ${fields}, qop="auth"\n`);
  return [
    receiveInvite(),
    first,
    receiveInvite(status === 407 ? compareAnswer(digest, nonce, uris) : verifyAnswer(digest)),
    '<nop test="isAuthentic" next="admitted"/>\n',
    refuse('403 Forbidden'),
    '<nop next="end"/>\n',
    '<label id="admitted"/>\n',
  ].join('');
}

function verifyAnswer({ user, password }: DigestChallenge): string {
  return `<verifyauth assign_to="isAuthentic" username="${user}" password="${password}"/>\n`;
}

/**
 * SIPp verifies the Authorization header only. Without qop the right answer to a 407 is known
 * beforehand (RFC 2617 section 3.2.2.1), so it is looked for as text.
 */
function compareAnswer(digest: DigestChallenge, nonce: string, uris: readonly string[]): string {
  const secret = md5(`${digest.user}:${REALM}:${digest.password}`);
  const answers = uris.map((uri) => md5(`${secret}:${nonce}:${md5(`INVITE:${uri}`)}`));
  return `<ereg regexp="response=.(${answers.join('|')})" search_in="hdr" header="Proxy-Authorization:" assign_to="isAuthentic"/>\n`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function sessionDescription(codec: 'PCMU' | 'PCMA'): string {
  const payloadType = codec === 'PCMU' ? 0 : 8;
  return `v=0
o=callee 1 1 IN IP[media_ip_type] [media_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP ${payloadType}
a=rtpmap:${payloadType} ${codec}/8000
a=sendrecv`;
}

function play(media: CalleeMedia | undefined): string {
  if (media === undefined) return '';
  const repeats = media.isRepeated === true ? -1 : 1;
  const payloadType = media.codec === 'PCMA' ? 8 : 0;
  return `<nop><action><exec rtp_stream="${media.path},${repeats},${payloadType}"/></action></nop>\n`;
}

const OK_WITHIN = send(
  'SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n',
);

/** Answers any number of OPTIONS, and the BYE. */
const UNTIL_BYE = [
  '<label id="talking"/>\n',
  '<recv request="OPTIONS" optional="true" next="asked"/>\n',
  '<recv request="BYE"/>\n',
  OK_WITHIN,
  '<nop next="end"/>\n',
  '<label id="asked"/>\n',
  OK_WITHIN.replace('<send', '<send next="talking"'),
].join('');

const HANG_UP = send(
  `BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From:[$callee];tag=[pid]callee[call_number]
To:[$caller]
[last_Call-ID:]
CSeq: 1 BYE
${CONTACT}
Content-Length: 0
`,
  ' retrans="500"',
);

/** What the scenario of a callee that rings reliably begins with, up to the end of the PRACK (RFC 3262). */
function ringReliably(described: (status: string, headers?: string) => string): string {
  const ringing = described('183 Session Progress', 'Require: 100rel\nRSeq: 4711\n');
  return [
    '<nop test="isAble" next="ringing"/>\n',
    refuse('421 Extension Required', 'Require: 100rel\n'),
    '<nop next="end"/>\n',
    '<label id="ringing"/>\n',
    send(ringing, ' retrans="500"'),
    '<recv request="PRACK"><action><ereg regexp="4711 [0-9]+ INVITE" search_in="hdr" header="RAck:" check_it="true" assign_to="rack"/></action></recv>\n',
    OK_WITHIN,
    '<Reference variables="rack"/>\n',
  ].join('');
}

const FIND_100REL =
  '<ereg regexp="100rel" search_in="hdr" header="Supported:" assign_to="isAble"/>\n';

function answer(behaviour: CalleeBehaviour & { type: 'answer' }, media?: CalleeMedia): string {
  const { ringMs = 0, hangUpAfterMs } = behaviour;
  const body = sessionDescription(media?.codec ?? 'PCMU');
  const isReliable = behaviour.isRingingReliable === true;
  const described = (status: string, headers = ''): string =>
    `SIP/2.0 ${status}\n${SAME_HEADERS}\n${CONTACT}\n${headers}Content-Type: application/sdp\nContent-Length: [len]\n\n${body}`;
  // After a PRACK the last Via and CSeq are not those of the INVITE.
  const ok = isReliable
    ? described('200 OK')
        .replace('[last_Via:]', 'Via:[$via]')
        .replace('[last_CSeq:]', 'CSeq:[$cseq]')
        .replace('[last_To:];', 'To:[$callee];')
    : described('200 OK');
  const end =
    hangUpAfterMs === undefined
      ? UNTIL_BYE
      : `<pause milliseconds="${hangUpAfterMs}"/>\n${HANG_UP}<recv response="200"/>\n`;
  return [
    isReliable ? ringReliably(described) : respond('180 Ringing'),
    ringMs > 0 ? `<pause milliseconds="${ringMs}"/>\n` : '',
    send(ok, ' retrans="500"'),
    '<recv request="ACK"/>\n',
    play(media),
    end,
  ].join('');
}

/** The CANCEL is answered by its own 200, the INVITE by 487 (RFC 3261 section 9.2). */
const RING_FOREVER = [
  respond('180 Ringing'),
  '<recv request="CANCEL"/>\n',
  respond('200 OK'),
  refuse('487 Request Terminated').replace('[last_CSeq:]', 'CSeq:[$cseq]'),
].join('');

function act({ behaviour, media }: ScenarioOptions): string {
  switch (behaviour.type) {
    case 'answer':
      return answer(behaviour, media);
    case 'reject':
      return refuse(
        `${behaviour.status} ${behaviour.reason}`,
        (behaviour.headers ?? []).map((line) => `${line}\n`).join(''),
      );
    case 'ringForever':
      return RING_FOREVER;
    case 'script':
      return behaviour.steps;
  }
}

/** The scenario file of a SIPp callee. */
export function buildScenario(options: ScenarioOptions): string {
  const isReliable =
    options.behaviour.type === 'answer' && options.behaviour.isRingingReliable === true;
  const begin =
    options.digest === undefined
      ? receiveInvite(isReliable ? FIND_100REL : '')
      : challenge(options.digest, options.uris);
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="callee">
${begin}${act(options)}<label id="end"/>
<Reference variables="caller,callee,cseq,via"/>
</scenario>
`;
}
