export {
  MAX_OPUS_PACKET_SAMPLES,
  OPUS_RATE,
  opusFrameSamples,
  opusPacketSamples,
} from './opus-packet.ts';
