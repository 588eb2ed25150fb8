export { createFfmpegAacEncoder } from './ffmpeg-aac-encoder.ts';
export { isFfmpegInstalled } from './is-ffmpeg-installed.ts';
