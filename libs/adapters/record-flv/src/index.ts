export { openFlvRecording } from './flv-recording.ts';
export { RecordingFolder } from './recording-folder.ts';
export type { UnfinishedRecording } from './recording-folder.ts';
export type { RecordingFailure } from './recording-failure.ts';
