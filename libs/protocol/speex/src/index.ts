export { MAX_SPEEX_FRAMES, speexFrameCount } from './speex-payload.ts';
