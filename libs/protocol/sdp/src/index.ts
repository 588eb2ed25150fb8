export type { RtpFormat } from './audio-codec.ts';
export type { CryptoSuite, MediaSecurity, OfferedSecurity } from './media-security.ts';
export type { NegotiatedAudio, OfferedAudio } from './negotiation.ts';
export { kindOfAddress } from './network-address.ts';
export { buildAnswer, buildNextOffer, buildOffer, readAnswer } from './offer-answer.ts';
export type { Answer } from './offer-answer.ts';
export { SdpError } from './sdp-error.ts';
export type { SdpErrorCode } from './sdp-error.ts';
export type { LocalAudio } from './write-sdp.ts';
