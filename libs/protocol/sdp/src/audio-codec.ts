/** The name of an audio codec as written in `a=rtpmap`. */
export type AudioCodec = 'PCMU' | 'PCMA' | 'G722' | 'L16' | 'opus' | 'speex';

/** What the packets of one payload type carry. */
export interface RtpFormat {
  /** `CN` is comfort noise (RFC 3389), `telephone-event` are keys (RFC 4733). */
  readonly codec: AudioCodec | 'CN' | 'telephone-event';
  /** RTP clock in Hz; with G.722 half the sample rate (RFC 3551 section 4.5.2). */
  readonly clockRate: number;
  /** How many are to be decoded. Opus says 2 in every `a=rtpmap`, and decodes into either (RFC 7587 section 4.1). */
  readonly channels: 1 | 2;
  /** Opus only: the peer makes use of in-band error correction, and so it can be expected to send it. */
  readonly hasInbandFec?: boolean;
}

/** A format that is heard. */
export interface CodecFormat extends RtpFormat {
  readonly codec: AudioCodec;
}

/** A format with the payload type that one of the sides gave it. */
export interface Numbered<Format extends RtpFormat = RtpFormat> {
  readonly payloadType: number;
  readonly format: Format;
}

const numbered =
  (channels: 1 | 2) =>
  <Codec extends RtpFormat['codec']>(payloadType: number, codec: Codec, clockRate: number) => ({
    payloadType,
    format: { codec, clockRate, channels },
  });
const mono = numbered(1);
const stereo = numbered(2);

/**
 * How each codec is offered. Numbers below 96 are assigned once and for all (RFC 3551 section 6, table 4), the others
 * are ours, and never change within a session (RFC 3264 section 8.3.2). Opus is 111 where it came from, in browsers.
 */
const OFFERS: Readonly<Record<AudioCodec, readonly Numbered<CodecFormat>[]>> = {
  PCMU: [mono(0, 'PCMU', 8000)],
  PCMA: [mono(8, 'PCMA', 8000)],
  G722: [mono(9, 'G722', 8000)],
  L16: [
    stereo(10, 'L16', 44_100),
    stereo(99, 'L16', 48_000),
    mono(11, 'L16', 44_100),
    mono(98, 'L16', 48_000),
    mono(96, 'L16', 16_000),
    mono(97, 'L16', 8000),
  ],
  opus: [stereo(111, 'opus', 48_000)],
  speex: [mono(100, 'speex', 16_000), mono(104, 'speex', 8000)],
};

/** Keys have to be on the clock of the sound they come between (RFC 4733 section 2.1). */
const EVENT_TYPES: readonly Numbered[] = [
  mono(101, 'telephone-event', 8000),
  mono(102, 'telephone-event', 16_000),
  mono(103, 'telephone-event', 44_100),
  mono(110, 'telephone-event', 48_000),
];

/** Comfort noise of narrowband codecs, the one static type of RFC 3389. */
const COMFORT_NOISE = mono(13, 'CN', 8000);
const STATIC_TYPES: readonly Numbered[] = [...Object.values(OFFERS).flat(), COMFORT_NOISE].filter(
  ({ payloadType }) => payloadType < 96,
);

/** Clock rates that a codec of a peer may have; any for the rest. */
const CLOCK_RATES: Readonly<Record<AudioCodec, readonly number[]>> = {
  PCMU: [8000],
  PCMA: [8000],
  G722: [8000],
  L16: [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000],
  opus: [48_000],
  speex: [8000, 16_000],
};
/** Those that may have two channels. */
const STEREO: readonly string[] = ['L16', 'opus'];

/** What is offered of a codec, the best first; in stereo only to somebody who wants it. */
export const offersOf = (codec: AudioCodec, channels: 1 | 2): readonly Numbered<CodecFormat>[] =>
  OFFERS[codec]
    .filter(({ format }) => codec === 'opus' || format.channels <= channels)
    .map(({ payloadType, format }) => ({
      payloadType,
      format: codec === 'opus' ? { ...format, channels } : format,
    }));

/** The key presses that go with formats: one type for each clock. */
export const eventsFor = (formats: readonly Numbered[]): readonly Numbered[] =>
  EVENT_TYPES.filter((event) =>
    formats.some(({ format }) => format.clockRate === event.format.clockRate),
  );

/** What a static payload type stands for when the peer sends no `a=rtpmap` for it. */
export const formatOfStaticType = (payloadType: number): RtpFormat | undefined =>
  STATIC_TYPES.find((entry) => entry.payloadType === payloadType)?.format;

const spellings = new Map<string, RtpFormat['codec']>(
  [...(Object.keys(OFFERS) as AudioCodec[]), 'CN' as const, 'telephone-event' as const].map(
    (codec) => [codec.toLowerCase(), codec],
  ),
);

/** What an `a=rtpmap` says; names are case-insensitive (RFC 8866 section 6.6). */
export function formatOfRtpmap(map: {
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
}): RtpFormat | undefined {
  const { clockRate, channels } = map;
  const codec = spellings.get(map.name.toLowerCase());
  if (codec === undefined || (channels !== 1 && channels !== 2)) return undefined;
  if (channels === 2 && !STEREO.includes(codec)) return undefined;
  if (codec === 'CN' || codec === 'telephone-event') return { codec, clockRate, channels };
  return CLOCK_RATES[codec].includes(clockRate) ? { codec, clockRate, channels } : undefined;
}

/** Whether two formats are one, whatever is made of it. */
export const isSameFormat = (one: RtpFormat, other: RtpFormat): boolean =>
  one.codec === other.codec &&
  one.clockRate === other.clockRate &&
  (one.codec === 'opus' || one.channels === other.channels);

/** The parameter of `a=rtpmap` for the channels; left out for one (RFC 8866 section 6.6). */
export const writtenChannels = ({ codec, channels }: RtpFormat): number | undefined =>
  codec === 'opus' || channels === 2 ? 2 : undefined;
