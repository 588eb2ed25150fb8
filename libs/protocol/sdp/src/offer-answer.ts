import type { MediaDescription } from 'sdp-transform';
import { eventsFor, offersOf } from './audio-codec.ts';
import { audioIndexOf, commonFormats, findAudio, negotiate } from './negotiation.ts';
import type { NegotiatedAudio, OfferedAudio } from './negotiation.ts';
import {
  offeredCryptoLines,
  profileOf,
  securityOfAnswer,
  securityOfOffer,
} from './media-security.ts';
import { SdpError } from './sdp-error.ts';
import { readSections } from './sdp-text.ts';
import type { MediaSection } from './sdp-text.ts';
import { audioSection, writeSdp } from './write-sdp.ts';
import type { AudioTerms, LocalAudio } from './write-sdp.ts';

/** Our answer to a peer's offer, and what was agreed by it. */
export interface Answer {
  /** The text to send, with CRLF line ends. */
  readonly sdp: string;
  /** Undefined when the peer has taken the stream away (port 0). */
  readonly audio: NegotiatedAudio | undefined;
}

/**
 * Writes the offer of one audio stream: the given codecs in their order, and key presses.
 *
 * @throws BugError when a port, the address or the session id is none.
 * @see RFC 3264 section 5
 */
export function buildOffer(local: LocalAudio): string {
  return writeSdp(local, [audioSection(local, offeredTerms(local))]);
}

/** All that we can do. */
function offeredTerms(local: LocalAudio): AudioTerms {
  const formats = local.codecs.flatMap((codec) => offersOf(codec, local.channels ?? 1));
  return {
    protocol: profileOf(local.security),
    formats: [...formats, ...eventsFor(formats)],
    direction: local.direction,
    rtcpMux: local.rtcpMux === true,
    cryptoLines: offeredCryptoLines(local.security),
  };
}

/**
 * Writes the offer again within a session, to change it or for a peer that asks for it (RFC 3261 section 14.2): all that we
 * can do, in the direction that `local` says, whoever held before. Streams that were refused once keep their places (RFC 3264 section 8).
 *
 * @param lastSdp The last description that we sent on this leg. Its session id stays, its version grows by one when the
 *   offer differs from it.
 * @throws BugError as `buildOffer`; SdpError when `lastSdp` is none of ours.
 */
export function buildNextOffer(local: LocalAudio, lastSdp: string): string {
  const sections = readSections(lastSdp);
  const audioIndex = audioIndexOf(sections);
  const terms = offeredTerms(local);
  return withNextVersion(local, lastSdp, (described) =>
    writeSdp(
      described,
      sections.map((each, index) =>
        index === audioIndex ? audioSection(described, terms) : refusedSection(each),
      ),
    ),
  );
}

/**
 * Reads the peer's answer to an offer of ours. The first audio stream counts; static payload types need
 * no `a=rtpmap`; the address may be a name.
 *
 * @param offered What our offer said: an answer means nothing without it.
 * @throws SdpError `malformed`, `noAudio`, `noCommonCodec`, `notSecure`, `addressRefused`; nothing else, whatever the
 *   text.
 * @see RFC 3264 section 6
 */
export function readAnswer(text: string, offered: OfferedAudio): NegotiatedAudio {
  const sections = readSections(text);
  const section = sectionAt(sections, findAudio(sections, offered));
  return negotiate(section, offered, securityOfAnswer(section, offered.security));
}

function sectionAt(sections: readonly MediaSection[], index: number): MediaSection {
  const section = sections[index];
  if (section === undefined) throw new SdpError('noAudio', 'no audio stream');
  return section;
}

/** A stream that we do not take: port 0 and one format, which is ignored (RFC 3264 section 6). */
function refusedSection(section: MediaSection): MediaDescription {
  return {
    type: section.type,
    port: 0,
    protocol: section.protocol,
    payloads: section.formats[0] ?? '0',
    rtp: [],
    fmtp: [],
  };
}

const ORIGIN_LINE = /^o=- (\d+) (\d+) /m;

/**
 * Gives `local` the session id and version of the last description sent, so that a repeated description
 * comes out equal and a changed one with the next version.
 */
function withNextVersion(
  local: LocalAudio,
  lastSdp: string,
  describe: (local: LocalAudio) => string,
): string {
  const origin = ORIGIN_LINE.exec(lastSdp);
  const sessionId = origin?.[1] ?? local.sessionId;
  const version = Number(origin?.[2] ?? local.version);
  const unchanged = describe({ ...local, sessionId, version });
  return unchanged === lastSdp
    ? unchanged
    : describe({ ...local, sessionId, version: version + 1 });
}

/**
 * Answers a peer's offer (a re-INVITE or UPDATE). The first audio stream is taken, every other stream is
 * refused with port 0. An audio stream that comes with port 0 is taken away by the peer and may come back, unless the
 * offer has another stream in its place.
 *
 * @param offer The peer's text.
 * @param local Our side; its session id and version count only when there is no `lastSdp`.
 * @param lastSdp The last description that we sent on this leg. The session id stays, the version grows by
 *   one when the answer differs from it (RFC 3264 section 8).
 * @throws SdpError as `readAnswer`; the peer then deserves a 488 and the old session goes on.
 */
export function buildAnswer(offer: string, local: LocalAudio, lastSdp?: string): Answer {
  const sections = readSections(offer);
  const isTakenAway = audioIndexOf(sections) >= 0 && sections.every(({ port }) => port === 0);
  const audioIndex = isTakenAway ? -1 : findAudio(sections, local);
  const taken = isTakenAway ? undefined : answerTo(sectionAt(sections, audioIndex), local);
  const describe = (described: LocalAudio): string =>
    writeSdp(
      described,
      sections.map((each, index) =>
        taken !== undefined && index === audioIndex
          ? audioSection(described, taken.terms)
          : refusedSection(each),
      ),
    );
  const sdp = lastSdp === undefined ? describe(local) : withNextVersion(local, lastSdp, describe);
  return { sdp, audio: taken?.audio };
}

/** What was agreed about a stream, and how our answer says it. */
interface TakenStream {
  readonly audio: NegotiatedAudio;
  readonly terms: AudioTerms;
}

function answerTo(section: MediaSection, local: LocalAudio): TakenStream {
  const secured = securityOfOffer(section, local.security);
  const audio = negotiate(section, local, secured?.security);
  const { codecs, comfortNoise, events } = commonFormats(section, local);
  const terms = {
    protocol: section.protocol,
    formats: [...codecs, ...comfortNoise, ...events],
    direction: audio.direction,
    rtcpMux: audio.rtcpMux === true,
    cryptoLines: secured === undefined ? [] : [secured.line],
  };
  return { audio, terms };
}
