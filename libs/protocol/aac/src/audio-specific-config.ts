/** The bytes or the values are not an AudioSpecificConfig this library handles. */
export class AacError extends Error {
  override readonly name = 'AacError';
}

/**
 * What a decoder must know before the first AAC-LC frame.
 *
 * @see ISO/IEC 14496-3 section 1.6.2.1
 */
export interface AudioSpecificConfig {
  /** Samples per second and channel, 1 to 16 777 215. */
  readonly sampleRateHz: number;
  /** Table 1.19: 1 mono, 2 stereo, 3 to 6 as many channels, 7 is 7.1. 0 (layout in the stream) is refused. */
  readonly channelConfiguration: number;
}

const OBJECT_TYPE_AAC_LC = 2;
const ESCAPE_FREQUENCY_INDEX = 15;
const MAX_SAMPLE_RATE_HZ = 0xffffff;
const MAX_CHANNEL_CONFIGURATION = 7;
const SHORT_SIZE_BYTES = 2;
const LONG_SIZE_BYTES = 5;

/** Table 1.18, by samplingFrequencyIndex; 13 and 14 are reserved. */
const FREQUENCIES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
  7_350,
] as const;

/**
 * Writes the configuration of an AAC-LC stream with frames of 1024 samples.
 *
 * ```text
 * 5 bits audioObjectType = 2 (AAC LC)
 * 4 bits samplingFrequencyIndex, 15 = 24 bits of frequency follow
 * 4 bits channelConfiguration
 * 3 bits GASpecificConfig: frameLengthFlag, dependsOnCoreCoder, extensionFlag, all 0
 * ```
 *
 * @returns 2 bytes, or 5 for a rate outside table 1.18.
 * @throws AacError when the rate or the channels are out of range.
 * @see ISO/IEC 14496-3 sections 1.6.2.1 and 4.4.1
 */
export function buildAudioSpecificConfig(config: AudioSpecificConfig): Uint8Array {
  checkRange(config);
  const { sampleRateHz, channelConfiguration } = config;
  const index = FREQUENCIES_HZ.findIndex((frequency) => frequency === sampleRateHz);
  const tail = channelConfiguration << 3;
  if (index >= 0) {
    const bits = (OBJECT_TYPE_AAC_LC << 11) | (index << 7) | tail;
    return Uint8Array.of(bits >> 8, bits & 0xff);
  }
  const head = (OBJECT_TYPE_AAC_LC << 4) | ESCAPE_FREQUENCY_INDEX;
  // 9 bits of head, 24 of frequency, 4 of channels, 3 of flags: 40, too many for one bit operation.
  return Uint8Array.of(
    head >> 1,
    ((head & 1) << 7) | (sampleRateHz >> 17),
    (sampleRateHz >> 9) & 0xff,
    (sampleRateHz >> 1) & 0xff,
    ((sampleRateHz & 1) << 7) | tail,
  );
}

/**
 * Reads the configuration of an AAC-LC stream. Bytes behind it (SBR hints) are ignored.
 *
 * @throws AacError when it ends early, is not AAC LC, uses frames of 960 samples or another reserved value.
 * @see ISO/IEC 14496-3 section 1.6.2.1
 */
export function parseAudioSpecificConfig(bytes: Uint8Array): AudioSpecificConfig {
  const first = byteAt(bytes, 0);
  const second = byteAt(bytes, 1);
  const objectType = first >> 3;
  if (objectType !== OBJECT_TYPE_AAC_LC) {
    throw new AacError(`audio object type ${objectType} is not AAC LC`);
  }
  const frequencyIndex = ((first & 0x07) << 1) | (second >> 7);
  const isExplicit = frequencyIndex === ESCAPE_FREQUENCY_INDEX;
  const last = isExplicit
    ? byteAt(bytes, LONG_SIZE_BYTES - 1)
    : byteAt(bytes, SHORT_SIZE_BYTES - 1);
  if ((last & 0x07) !== 0) {
    throw new AacError('frames of 960 samples, a core coder or extensions are not supported');
  }
  const config = {
    sampleRateHz: isExplicit ? explicitFrequency(bytes, last) : tableFrequency(frequencyIndex),
    channelConfiguration: (last >> 3) & 0x0f,
  };
  checkRange(config);
  return config;
}

function explicitFrequency(bytes: Uint8Array, last: number): number {
  const high = byteAt(bytes, 1) & 0x7f;
  return (high << 17) | (byteAt(bytes, 2) << 9) | (byteAt(bytes, 3) << 1) | (last >> 7);
}

function tableFrequency(index: number): number {
  const frequency = FREQUENCIES_HZ[index];
  if (frequency === undefined) throw new AacError(`sampling frequency index ${index} is reserved`);
  return frequency;
}

function checkRange({ sampleRateHz, channelConfiguration }: AudioSpecificConfig): void {
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 1 || sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw new AacError(`sample rate ${sampleRateHz} is out of range`);
  }
  const isKnownLayout =
    Number.isInteger(channelConfiguration) &&
    channelConfiguration >= 1 &&
    channelConfiguration <= MAX_CHANNEL_CONFIGURATION;
  if (!isKnownLayout) {
    throw new AacError(`channel configuration ${channelConfiguration} is not supported`);
  }
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new AacError(`ends after ${bytes.length} bytes`);
  return byte;
}
