export { createFfmpegAacEncoder } from './ffmpeg-aac-encoder.ts';
