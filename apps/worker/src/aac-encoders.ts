import { createFfmpegAacEncoder, isFfmpegInstalled } from '#adapters/aac-ffmpeg';
import { createLibavAacEncoder, isLibavAvailable } from '#adapters/aac-libav';
import type { AacChoice } from '#contracts';
import { Fault } from '#domain';
import type { Logger } from '#foundation';
import type { AacEncoderFactory } from '#media';

/**
 * The encoder of this node.
 *
 * @throws Fault CONFIG_INVALID when the encoder that was asked for, or any at all, is not installed.
 */
export function chooseAacEncoder(choice: AacChoice, logger: Logger): AacEncoderFactory {
  const isInProcess = choice !== 'ffmpeg' && isLibavAvailable();
  if (choice === 'libav' && !isInProcess) {
    const detail =
      'CALLCAST_AAC=libav: the optional package node-av is not installed for this machine';
    throw new Fault('CONFIG_INVALID', { detail });
  }
  if (!isInProcess && !isFfmpegInstalled()) {
    const detail = `CALLCAST_AAC=${choice}: neither node-av nor the program ffmpeg can be used; install one of them`;
    throw new Fault('CONFIG_INVALID', { detail });
  }
  logger.info('aac.encoder_chosen', { encoder: isInProcess ? 'libav' : 'ffmpeg' });
  return isInProcess ? createLibavAacEncoder : createFfmpegAacEncoder(logger);
}
