import { MASK } from './mask.ts';

/** Lines that say what is sent where and how (RFC 8866); names, addresses of people and keys are in the others. */
const SHOWN_LINES: ReadonlySet<string> = new Set('votscbmrz');

/** Attributes that are shown whole. Fingerprints are public by their nature. */
const SHOWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['rtpmap', 'fmtp', 'ptime', 'maxptime', 'silencesupp', 'rtcp', 'rtcp-mux', 'rtcp-fb'],
  ...['sendrecv', 'sendonly', 'recvonly', 'inactive', 'setup', 'fingerprint', 'mid', 'group'],
  ...['extmap', 'ssrc', 'framerate', 'direction', 'connection', 'label', 'content'],
]);

/** Attributes of which the names are shown. */
const NAMED_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['crypto', 'key-mgmt', 'ice-ufrag', 'ice-pwd', 'candidate'],
]);

const LINE = /^([a-z])=(.*)$/su;
const ATTRIBUTE = /^([\w-]{1,64})(?::(.*))?$/su;
/** RFC 4568 section 9.1: tag and suite, then the keys. */
const CRYPTO = /^(\d{1,9}) (\w{1,64}) /;

function redactAttribute(text: string): string {
  const [, name = '', value = ''] = ATTRIBUTE.exec(text) ?? [];
  const key = name.toLowerCase();
  if (SHOWN_ATTRIBUTES.has(key)) return text;
  if (!NAMED_ATTRIBUTES.has(key)) return MASK;
  const start = key === 'crypto' ? (CRYPTO.exec(value)?.[0] ?? '') : '';
  return `${name}:${start}${MASK}`;
}

/** A description without keys, passwords and unknown attributes; undefined for what is none. */
export function redactSdp(text: string): string | undefined {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== '');
  if (lines[0]?.trimEnd() !== 'v=0') return undefined;
  const shown: string[] = [];
  for (const line of lines) {
    const [, type, value] = LINE.exec(line) ?? [];
    if (type === undefined || value === undefined) return undefined;
    if (type === 'a') shown.push(`a=${redactAttribute(value)}`);
    else shown.push(SHOWN_LINES.has(type) ? line : `${type}=${MASK}`);
  }
  return shown.join('\n');
}
