export { aacFrameTag, aacSequenceHeaderTag, buildAacBody, parseAacBody } from './aac-body.ts';
export type { AacBody } from './aac-body.ts';
export {
  OPUS_CODEC_ID,
  buildOpusBody,
  opusFrameTag,
  opusSequenceStartTag,
  parseOpusBody,
} from './ex-audio-body.ts';
export type { OpusBody } from './ex-audio-body.ts';
export { buildFlvFileHeader, buildFlvFileTag } from './flv-file.ts';
export { FlvError } from './flv-tag.ts';
export type { FlvTag } from './flv-tag.ts';
export { buildMetadataBody, metadataTag, parseMetadataBody } from './metadata-body.ts';
export type { FlvMetadata } from './metadata-body.ts';
